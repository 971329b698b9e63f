#include "daemon/mail/mail_thread.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <thread>
#include <utility>
#include <variant>

#include "daemon/mail/maildir_processor.h"
#include "daemon/mail/simulate_processor.h"
#include "daemon/mail/smtp/secret.h"
#include "daemon/mail/smtp/smtp_processor.h"
#include "daemon/mail/staging.h"
#include "daemon/mail/transport.h"

namespace jobd {
namespace {

using Io = boost::asio::io_context;

// What does the work; smtp: the same, where it is that.
struct Processors {
  std::unique_ptr<Processor> all;
  smtp::SmtpProcessor* smtp = nullptr;
};

Result<Processors> make_processor(const MailSettings& settings, const MailContext& context) {
  Processors made;
  if (settings.transport.empty()) {
    auto processor = smtp::make_smtp_processor(settings.relays, context);
    made.smtp = processor.get();
    made.all = std::move(processor);
    return made;
  }
  auto transport = parse_transport(settings.transport);
  if (!transport) return std::move(transport).error();
  if (const auto* simulate = std::get_if<SimulateTransport>(&*transport)) {
    made.all = make_simulate_processor(*simulate, context);
    return made;
  }
  auto maildir = make_maildir_processor(std::get<MaildirTransport>(*transport), context);
  if (!maildir) return std::move(maildir).error();
  made.all = *std::move(maildir);
  return made;
}

// With staging in between, if it is asked for.
Result<Processors> make_staged(const MailSettings& settings, MailContext context) {
  StagingRules rules{settings.redirect_all_to, settings.allow_recipients};
  if (!rules.apply()) return make_processor(settings, context);
  auto staging = std::make_unique<Staging>(std::move(rules), context.sink, context.clock);
  auto made = make_processor(settings, MailContext{context.io, *staging, context.clock, context.message_id_domain,
                                                   context.trace, context.look_up, context.warn});
  if (!made) return made;
  staging->set_processor(std::move(made->all));
  made->all = std::move(staging);
  return made;
}

void warn_of_open_secrets(const MailSettings& settings) {
  if (!settings.warn) return;
  for (const RelaySettings& relay : settings.relays) {
    for (const std::string& file : {relay.password_file, relay.oauth2_file}) {
      const std::string doubt = file.empty() ? "" : smtp::doubt_about_secret(file);
      if (!doubt.empty()) settings.warn("relay " + relay.name + ": " + doubt);
    }
  }
}

class OneMailThread final : public MailThread {
 public:
  OneMailThread(std::shared_ptr<Io> io, Processors processors)
      : io_(std::move(io)), work_(io_->get_executor()), processors_(std::move(processors)) {
    thread_ = std::thread([this] { io_->run(); });
  }

  ~OneMailThread() override {
    io_->stop();
    thread_.join();
  }

  void start(std::vector<Attempt> attempts) override {
    boost::asio::post(*io_, [this, batch = std::move(attempts)]() mutable {
      for (Attempt& attempt : batch) processors_.all->start(std::move(attempt));
    });
  }

  void abort_all() override {
    boost::asio::post(*io_, [this] { processors_.all->abort_all(); });
  }

  void probe(ProbeOrder order, std::function<void(ProbeReport)> done) override {
    boost::asio::post(*io_, [this, order = std::move(order), done = std::move(done)]() mutable {
      assert(processors_.smtp != nullptr);
      processors_.smtp->probe(std::move(order), std::move(done));
    });
  }

 private:
  const std::shared_ptr<Io> io_;
  boost::asio::executor_work_guard<Io::executor_type> work_;
  Processors processors_;  // mail thread only, until it has ended
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<MailThread>> MailThread::start(const MailSettings& settings, AttemptSink& sink,
                                                      const Clock& clock) {
  auto io = std::make_shared<Io>(1);
  warn_of_open_secrets(settings);
  auto made = make_staged(settings, MailContext{io, sink, clock, settings.message_id_domain, settings.trace,
                                                settings.look_up, settings.warn});
  if (!made) return std::move(made).error();
  return std::unique_ptr<MailThread>(std::make_unique<OneMailThread>(std::move(io), *std::move(made)));
}

}  // namespace jobd
