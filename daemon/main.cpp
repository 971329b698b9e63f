// jobd: reads its command line and configuration, then runs until it is told to stop.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config.h"
#include "daemon/config_files.h"
#include "daemon/log.h"
#include "daemon/runtime.h"

namespace {

// A key of the configuration that can be said on the command line and in the environment.
struct Option {
  const char* flag;
  const char* variable;
  const char* type;
  const char* help;
  const char* key;
  std::string jobd::Config::* value;
};

constexpr std::array kOptions{
    Option{"--state-dir", "JOBD_STATE_DIR", "DIR", "Folder of the store and of the embedded outbox", "daemon.state_dir",
           &jobd::Config::state_dir},
    Option{"--socket", "JOBD_SOCKET", "PATH", "Unix socket to listen on", "daemon.socket", &jobd::Config::socket},
    Option{"--http", "JOBD_HTTP", "ADDRESS:PORT", "Serve HTTP on this loopback address too, like 127.0.0.1:8025",
           "http.listen", &jobd::Config::http_listen},
    Option{"--drop-dir", "JOBD_DROP", "DIR", "Folder where jobctl sendmail leaves emails while jobd is away",
           "daemon.drop_dir", &jobd::Config::drop_dir},
    Option{"--store", "JOBD_STORE", "URL", "sqlite:PATH, or memory: to keep nothing", "store.url",
           &jobd::Config::store_url},
    Option{"--transport", "JOBD_TRANSPORT", "URL", "maildir:PATH, simulate:?..., smtp://HOST:PORT", "mail.transport",
           &jobd::Config::transport},
};

struct Flags {
  std::string config_file;
  std::array<std::string, kOptions.size()> said;
  std::string trace_smtp;
  bool print_config = false;
  bool check_config = false;
};

void define(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file, "Configuration file, TOML; see jobd.toml(5)")
      ->envname("JOBD_CONFIG")
      ->type_name("FILE");
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions.at(i);
    app.add_option(option.flag, flags.said.at(i), option.help)->envname(option.variable)->type_name(option.type);
  }
  app.add_option("--trace-smtp", flags.trace_smtp, "Log what this relay says and is told, secrets blanked")
      ->type_name("RELAY");
  app.add_flag("--print-config", flags.print_config, "Print the configuration in force and exit");
  app.add_flag("--check-config", flags.check_config, "Check the configuration and exit");
  app.set_version_flag("--version", "jobd " JOBD_VERSION);
  app.footer(
      "Files: /etc/jobd/jobd.toml where it exists and --config is not given.\nSee jobd(8), jobd.toml(5), "
      "jobd-protocol(7).");
}

using Words = std::span<const char* const>;

// Where a value that is in no file comes from, for errors: the command line, else the environment.
std::string place_of(Words words, const std::string& flag, const char* variable) {
  const bool is_said =
      std::ranges::any_of(words, [&](std::string_view word) { return word == flag || word.starts_with(flag + "="); });
  return (is_said ? flag : variable) + ": ";
}

jobd::Result<jobd::Done> read_file(const Flags& flags, Words words, jobd::Config& config) {
  static constexpr const char* kDefaultFile = "/etc/jobd/jobd.toml";
  const bool given = !flags.config_file.empty();
  jobd::Result<jobd::Done> read = jobd::read_config_file(given ? flags.config_file : kDefaultFile, config);
  if (read) return read;
  jobd::Error error = std::move(read).error();
  const bool is_absent = error.code == jobd::Code::not_found;
  if (is_absent && !given) return jobd::Done{};
  const bool is_unread = is_absent || error.code == jobd::Code::unavailable;
  if (is_unread && given) error.message = place_of(words, "--config", "JOBD_CONFIG") + error.message;
  return error;
}

// The file first, then what the command line and the environment say over it.
jobd::Result<jobd::Config> configuration(const Flags& flags, Words words) {
  jobd::Config config;
  if (jobd::Result<jobd::Done> read = read_file(flags, words, config); !read) return std::move(read).error();
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions.at(i);
    if (flags.said.at(i).empty()) continue;
    config.*option.value = flags.said.at(i);
    config.places[option.key] = place_of(words, option.flag, option.variable);
    if (option.value != &jobd::Config::transport) continue;
    config.relays.relays.clear();  // in place of all relays and of what leads to them
    config.relays.routes.clear();
  }
  config = jobd::with_defaults(std::move(config), jobd::surroundings());
  if (jobd::Result<jobd::Done> checked = jobd::check_config(config); !checked) return std::move(checked).error();
  if (!flags.trace_smtp.empty() && !jobd::trace_relay(config, flags.trace_smtp)) {
    return jobd::Error{jobd::Code::invalid_field, "--trace-smtp: there is no relay \"" + flags.trace_smtp + "\""};
  }
  return config;
}

int run(int argc, char** argv) {
  CLI::App app{"jobd takes emails, keeps them safe and delivers them in the background.", "jobd"};
  Flags flags;
  define(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;
    app.exit(error);
    return asked ? EX_OK : EX_USAGE;
  }
  const jobd::Result<jobd::Config> config = configuration(flags, Words(argv, static_cast<std::size_t>(argc)));
  if (!config) {
    std::cerr << "jobd: " << config.error().message << '\n';
    return EX_CONFIG;
  }
  if (flags.print_config) std::cout << jobd::print_config(*config);
  if (flags.check_config) {
    for (const std::string& missing : jobd::missing_files(*config)) std::cerr << "jobd: " << missing << '\n';
    std::cout << "the configuration is good\n";
  }
  if (flags.print_config || flags.check_config) return std::cout.flush() ? EX_OK : EX_IOERR;
  jobd::log::set_up(config->log_level);
  return jobd::run_daemon(*config);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "jobd: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
