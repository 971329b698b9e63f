#include "daemon/runtime.h"

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <system_error>

#include "daemon/clock_watch.h"
#include "daemon/core/engine.h"
#include "daemon/core/routing.h"
#include "daemon/core/service.h"
#include "daemon/doors.h"
#include "daemon/log.h"
#include "daemon/mail/idn.h"
#include "daemon/mail/mail_thread.h"
#include "daemon/mail/transport.h"
#include "daemon/net/drop_folder.h"
#include "daemon/net/io_loop.h"
#include "daemon/notify.h"
#include "daemon/relay_prober.h"
#include "daemon/store/open_repository.h"
#include "daemon/store_thread.h"
#include "daemon/templates.h"

namespace jobd {
namespace {

// After the last attempt has ended: how long clients may take to read their last replies.
constexpr Duration kFarewell = std::chrono::seconds(2);
// What the stop may take beside the grace, as systemd is told.
constexpr Duration kStopBeyondGrace = std::chrono::seconds(10);

class SystemRandom final : public Random {
 public:
  std::uint64_t bits() override { return generator_(); }

 private:
  static std::mt19937_64 seeded() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }
  std::mt19937_64 generator_ = seeded();
};

// A failed flush leaves unknown what is on disk: nothing may be answered from here on. The next start looks.
[[noreturn]] void die_of_disk(const std::string& message) {
  log::error(message + "; jobd ends here and recovers at its next start");
  std::_Exit(EX_IOERR);
}

// The configuration is at fault, or the table of errors says.
int exit_code_for(const Error& error) {
  return error.code == Code::invalid_field ? EX_CONFIG : row(error.code).exit_code;
}

StoreSettings store_settings(const Config& config) {
  return {config.store_url, config.retry, static_cast<std::uint64_t>(config.max_queued_jobs),
          static_cast<std::uint64_t>(config.min_free_space)};
}

// Where mails go, and what is known of it.
struct Delivery {
  RelayConfigs relays;
  RelayRules rules;
  std::string places;  // for people: the URLs
};

Result<Delivery> delivery_of(const Config& config) {
  Delivery out{relays_of(config), {}, config.transport};
  RelayRule without_relays{"default", config.transport, 0, 1, {}, 0, 0};
  if (out.relays.relays.empty()) {
    const Result<TransportInfo> transport = check_transport(config.transport);
    if (!transport) return transport.error();
    without_relays.connections = transport->slots;
  }
  out.rules = relay_rules(out.relays, without_relays);
  if (out.places.empty()) {
    for (const RelayRule& relay : out.rules.relays) out.places += (out.places.empty() ? "" : ", ") + relay.url;
  }
  return out;
}

std::vector<std::string> names_of(const RelayConfigs& configs) {
  std::vector<std::string> names;
  for (const RelayConfig& relay : configs.relays) names.push_back(relay.name);
  return names;
}

// As processors call them in what they report.
std::vector<std::string> names_in_history(const Config& config, const Delivery& delivery) {
  if (delivery.relays.relays.empty()) return {relay_name(*parse_transport(config.transport))};
  std::vector<std::string> names;
  for (const RelaySettings& relay : relay_settings(delivery.relays)) names.push_back(relay.name);
  return names;
}

MailSettings mail_settings(const Config& config, const Delivery& delivery) {
  MailSettings settings;
  if (delivery.relays.relays.empty()) settings.transport = config.transport;
  settings.relays = relay_settings(delivery.relays);
  settings.message_id_domain = config.message_id_domain;
  settings.redirect_all_to = config.redirect_all_to;
  settings.allow_recipients = config.allow_recipients;
  settings.trace = [](const std::string& line) { log::info(line); };
  settings.warn = [](const std::string& line) { log::warn(line); };
  return settings;
}

ServiceSettings service_settings(const Config& config, const Delivery& delivery, const Router& router,
                                 const Templates& templates) {
  ServiceSettings settings;
  const bool sends_mail = !delivery.relays.relays.empty();
  settings.acceptance = {config.retry, default_from_of(config), config.message_id_domain, sends_mail};
  settings.acceptance.router = &router;
  settings.acceptance.in_ascii = domain_in_ascii;
  settings.acceptance.templates = config.templates.empty() ? nullptr : &templates;
  settings.acceptance.content_bytes = static_cast<std::size_t>(config.content_bytes);
  settings.store = config.store_url;
  settings.transport = delivery.places;
  settings.line_bytes = static_cast<std::size_t>(config.line_bytes);
  settings.content_bytes = static_cast<std::size_t>(config.content_bytes);
  settings.recipients = static_cast<std::size_t>(config.recipients);
  settings.max_queued_jobs = static_cast<std::uint64_t>(config.max_queued_jobs);
  return settings;
}

// What the start found, in a line each.
void tell(const Recovery& recovery) {
  for (const Record& record : recovery.interrupted) {
    log::warn("job " + record.id.text() + " was in an attempt when jobd last ended; it is " +
              std::string(record.status() == JobStatus::pending ? "pending again" : "now at rest: ") +
              (record.status() != JobStatus::pending && record.error ? record.error->message : ""));
  }
  if (recovery.orphans_swept > 0) log::info("swept " + std::to_string(recovery.orphans_swept) + " unfinished uploads");
}

void tell_notices(const std::vector<Notice>& notices) {
  for (const Notice& notice : notices) {
    switch (notice.level) {
      case Notice::Level::info: log::info(notice.text); break;
      case Notice::Level::warn: log::warn(notice.text); break;
      case Notice::Level::error: log::error(notice.text); break;
    }
  }
}

RelayTable relay_table(const Delivery& delivery, std::span<const LaneRule> lanes, const Recovery& recovery) {
  RelayTable table(delivery.rules, lanes);
  table.remember(recovery.sent);
  return table;
}

// Alive from the first client to the last. Members in the order in which they depend on one another.
class Daemon {
 public:
  Daemon(const Config& config, const Delivery& delivery, std::span<const LaneRule> lanes, Repository& repository,
         const Recovery& recovery)
      : config_(config),
        router_(delivery.rules, lanes, domain_in_ascii),
        templates_(config.templates),
        store_(Engine(repository, relay_table(delivery, lanes, recovery), store_random_), clock_),
        service_(store_, clock_, service_random_, service_settings(config, delivery, router_, templates_),
                 recovery.seq_floor),
        deadline_(loop_),
        grace_(loop_) {}

  Result<Done> open(Listeners listeners, const Delivery& delivery) {
    Result<std::unique_ptr<MailThread>> started = MailThread::start(mail_settings(config_, delivery), store_, clock_);
    if (!started) return std::move(started).error();
    mail_ = *std::move(started);
    store_.start(
        {[this](StoreNews news) { loop_.post([this, news = std::move(news)]() mutable { answer(std::move(news)); }); },
         [this](std::vector<Attempt> attempts) { mail_->start(std::move(attempts)); }, tell_notices,
         [this] { loop_.post([this] { farewell(); }); }});
    service_.on_nearer_deadline([this] { watch_deadline(); });
    prober_.emplace(loop_, *mail_, names_of(delivery.relays), default_from_of(config_).value_or(Mailbox{}).address);
    service_.probe_with(*prober_);
    doors_.emplace(loop_, service_, clock_, config_, std::move(listeners));
    if (Result<Done> opened = open_drop_folder(); !opened) {
      log::error(opened.error().message + "; jobd runs without a drop folder");
    }
    watch_clock();
    loop_.on_signals({SIGTERM, SIGINT, SIGHUP}, [this](int signal) { on_signal(signal); });
    log::info("jobd " JOBD_VERSION " listens on " + doors_->places() + ", store " + config_.store_url + ", transport " +
              delivery.places);
    return Done{};
  }

  void run() {
    notify::ready("taking jobs on " + doors_->places());
    loop_.run();
  }

 private:
  // Not everywhere can the clock be watched: some sandboxes refuse it.
  void watch_clock() try {
    clock_watch_.emplace(loop_, make_clock_descriptor(), [this] {
      store_.clock_changed();
      service_.clock_changed();
      watch_deadline();
    });
  } catch (const std::system_error& error) {
    log::warn(std::string(error.what()) + "; after it is set back, jobs wait for as much longer");
  }

  Result<Done> open_drop_folder() {
    const CodecLimits limits{static_cast<std::size_t>(config_.content_bytes),
                             static_cast<std::size_t>(config_.recipients)};
    Result<DropFiles> files = DropFiles::open({config_.drop_dir, limits, static_cast<std::size_t>(config_.line_bytes)});
    if (!files) return std::move(files).error();
    drop_folder_.emplace(loop_, service_, clock_, *std::move(files), [](const std::string& line) { log::warn(line); });
    return drop_folder_->open();
  }

  void answer(StoreNews news) {
    for (const auto& reply : news.replies) reply();
    service_.settled(news.settled);
    service_.changed(std::move(news.changes));
    watch_deadline();
  }

  // A new wait is looked after when the answer to its first look-up comes; the service tells where a watch ends.
  void watch_deadline() {
    const std::optional<Time> next = service_.next_deadline();
    if (next == deadline_at_) return;
    deadline_at_ = next;
    deadline_.set(next, clock_.now(), [this] {
      deadline_at_.reset();
      service_.step(clock_.now());
      watch_deadline();
    });
  }

  void on_signal(int signal) {
    if (signal == SIGHUP) {
      log::info("reload: relays that are held are tried again; secrets are read at each connect");
      return store_.reopen_relays();
    }
    if (stopping_) {
      log::warn("second signal; ending at once, the next start recovers");
      std::_Exit(128 + signal);
    }
    stopping_ = true;
    log::info("stopping; attempts in flight have " + format_duration(config_.shutdown_grace) + " to end");
    notify::stopping(config_.shutdown_grace + kStopBeyondGrace);
    if (drop_folder_) drop_folder_->close();
    doors_->stopping();
    service_.drain();
    watch_deadline();
    store_.drain();
    const Time now = clock_.now();
    grace_.set(now + config_.shutdown_grace, now, [this] { mail_->abort_all(); });
  }

  // Nothing is in flight: the last replies go out, then the loop ends.
  void farewell() {
    const Time now = clock_.now();
    grace_.set(now + kFarewell, now, [this] { loop_.stop(); });
    doors_->close([this] { loop_.stop(); });
  }

  const Config& config_;
  const RuleRouter router_;
  const MustacheTemplates templates_;
  SystemClock clock_;
  SystemRandom store_random_;
  SystemRandom service_random_;
  IoLoop loop_;
  StoreThread store_;
  Service service_;
  Alarm deadline_;
  std::optional<Time> deadline_at_;
  Alarm grace_;
  std::optional<ClockWatch> clock_watch_;
  bool stopping_ = false;
  std::optional<Doors> doors_;
  std::unique_ptr<MailThread> mail_;
  std::optional<RelayProber> prober_;
  std::optional<DropFolder> drop_folder_;
};

int refuse(const Error& error) {
  log::error(error.message);
  return exit_code_for(error);
}

Error about(const std::string& what, Error error) {
  error.message = what + ": " + error.message;
  return error;
}

Result<Done> make_state_dir(const std::string& path) {
  std::error_code error;
  const std::filesystem::path dir(path);
  if (std::filesystem::is_directory(dir, error)) return Done{};
  std::filesystem::create_directories(dir.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0 && !std::filesystem::is_directory(dir, error)) {
    return Error{Code::unavailable, "cannot make the state folder " + path + ": " + std::strerror(errno)};
  }
  return Done{};
}

}  // namespace

int run_daemon(const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);
  const Result<Delivery> delivery = delivery_of(config);
  if (!delivery) return refuse(delivery.error());
  if (Result<Done> made = make_state_dir(config.state_dir); !made) return refuse(made.error());

  const SystemClock clock;
  Result<std::unique_ptr<Repository>> repository = open_repository(store_settings(config), clock, die_of_disk);
  if (!repository) return refuse(about(config.store_url, repository.error()));
  Result<Listeners> listeners = open_listeners(config);
  if (!listeners) return refuse(listeners.error());
  const Result<Recovery> recovery = (*repository)->recover();
  if (!recovery) return refuse(about(config.store_url, recovery.error()));
  tell(*recovery);
  const Result<std::vector<LaneRule>> lanes = (*repository)->lanes(rules_of_lanes(delivery->rules));
  if (!lanes) return refuse(about(config.store_url, lanes.error()));

  if (Result<Done> named = (*repository)->name_relays(names_in_history(config, *delivery)); !named) {
    return refuse(about(config.store_url, named.error()));
  }

  Daemon daemon(config, *delivery, *lanes, **repository, *recovery);
  if (Result<Done> opened = daemon.open(*std::move(listeners), *delivery); !opened) return refuse(opened.error());
  daemon.run();
  log::info("stopped");
  return 0;
}

}  // namespace jobd
