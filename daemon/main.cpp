// jobd: reads its command line and configuration, then runs until it is told to stop.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/runtime.h"

namespace {

struct Flags {
  std::string config_file;
  std::string state_dir;
  std::string socket;
  std::string store;
  std::string transport;
  std::string http;
  std::string trace_smtp;
  std::string drop_dir;
  bool print_config = false;
  bool check_config = false;
};

void define(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file, "Configuration file, TOML; see jobd.toml(5)")
      ->envname("JOBD_CONFIG")
      ->type_name("FILE");
  app.add_option("--state-dir", flags.state_dir, "Folder of the store and of the embedded outbox")
      ->envname("JOBD_STATE_DIR")
      ->type_name("DIR");
  app.add_option("--socket", flags.socket, "Unix socket to listen on")->envname("JOBD_SOCKET")->type_name("PATH");
  app.add_option("--http", flags.http, "Serve HTTP on this loopback address too, like 127.0.0.1:8025")
      ->envname("JOBD_HTTP")
      ->type_name("ADDRESS:PORT");
  app.add_option("--drop-dir", flags.drop_dir, "Folder where jobctl sendmail leaves emails while jobd is away")
      ->envname("JOBD_DROP")
      ->type_name("DIR");
  app.add_option("--store", flags.store, "sqlite:PATH, or memory: to keep nothing")
      ->envname("JOBD_STORE")
      ->type_name("URL");
  app.add_option("--transport", flags.transport, "maildir:PATH, simulate:?..., smtp://HOST:PORT")
      ->envname("JOBD_TRANSPORT")
      ->type_name("URL");
  app.add_option("--trace-smtp", flags.trace_smtp, "Log what this relay says and is told, secrets blanked")
      ->type_name("RELAY");
  app.add_flag("--print-config", flags.print_config, "Print the configuration in force and exit");
  app.add_flag("--check-config", flags.check_config, "Check the configuration and exit");
  app.set_version_flag("--version", "jobd " JOBD_VERSION);
  app.footer(
      "Files: /etc/jobd/jobd.toml where it exists and --config is not given.\nSee jobd(8), jobd.toml(5), "
      "jobd-protocol(7).");
}

// The file first, then what the command line and the environment say over it.
jobd::Result<jobd::Config> configuration(const Flags& flags) {
  static constexpr const char* kDefaultFile = "/etc/jobd/jobd.toml";
  jobd::Config config;
  const bool given = !flags.config_file.empty();
  jobd::Result<jobd::Done> read = jobd::read_config_file(given ? flags.config_file : kDefaultFile, config);
  const bool absent = !read && read.error().code == jobd::Code::not_found;
  if (!read && (given || !absent)) return std::move(read).error();
  const auto say = [&config](std::string jobd::Config::* value, const char* key, const std::string& said) {
    if (said.empty()) return;
    config.*value = said;
    config.places.erase(key);
  };
  say(&jobd::Config::state_dir, "daemon.state_dir", flags.state_dir);
  say(&jobd::Config::socket, "daemon.socket", flags.socket);
  say(&jobd::Config::http_listen, "http.listen", flags.http);
  say(&jobd::Config::drop_dir, "daemon.drop_dir", flags.drop_dir);
  say(&jobd::Config::store_url, "store.url", flags.store);
  say(&jobd::Config::transport, "mail.transport", flags.transport);
  if (!flags.transport.empty()) {  // in place of all relays and of what leads to them
    config.relays.relays.clear();
    config.relays.routes.clear();
  }
  config = jobd::with_defaults(std::move(config), jobd::surroundings());
  if (!flags.trace_smtp.empty() && !jobd::trace_relay(config, flags.trace_smtp)) {
    return jobd::Error{jobd::Code::invalid_field, "--trace-smtp: there is no relay \"" + flags.trace_smtp + "\""};
  }
  if (jobd::Result<jobd::Done> checked = jobd::check_config(config); !checked) return std::move(checked).error();
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
  const jobd::Result<jobd::Config> config = configuration(flags);
  if (!config) {
    std::cerr << "jobd: " << config.error().message << '\n';
    return EX_CONFIG;
  }
  if (flags.print_config) std::cout << jobd::print_config(*config);
  if (flags.check_config) std::cout << "the configuration is good\n";
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
