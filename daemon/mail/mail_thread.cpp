#include "daemon/mail/mail_thread.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>

#include "daemon/mail/maildir_processor.h"
#include "daemon/mail/simulate_processor.h"
#include "daemon/mail/smtp/smtp_processor.h"
#include "daemon/mail/transport.h"

namespace jobd {
namespace {

using Io = boost::asio::io_context;

struct MakeProcessor {
  const MailSettings& settings;
  MailContext context;

  Result<std::unique_ptr<Processor>> operator()(const MaildirTransport& transport) {
    return make_maildir_processor(transport, std::move(context));
  }
  Result<std::unique_ptr<Processor>> operator()(const SimulateTransport& transport) {
    return make_simulate_processor(transport, std::move(context));
  }
  Result<std::unique_ptr<Processor>> operator()(const SmtpTransport& transport) {
    return smtp::make_smtp_processor(transport, settings.ehlo_name, std::move(context));
  }
};

class OneMailThread final : public MailThread {
 public:
  OneMailThread(std::shared_ptr<Io> io, std::unique_ptr<Processor> processor)
      : io_(std::move(io)), work_(io_->get_executor()), processor_(std::move(processor)) {
    thread_ = std::thread([this] { io_->run(); });
  }

  ~OneMailThread() override {
    io_->stop();
    thread_.join();
  }

  void start(std::vector<Attempt> attempts) override {
    boost::asio::post(*io_, [this, batch = std::move(attempts)]() mutable {
      for (Attempt& attempt : batch) processor_->start(std::move(attempt));
    });
  }

  void abort_all() override {
    boost::asio::post(*io_, [this] { processor_->abort_all(); });
  }

 private:
  const std::shared_ptr<Io> io_;
  boost::asio::executor_work_guard<Io::executor_type> work_;
  std::unique_ptr<Processor> processor_;  // mail thread only, until it has ended
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<MailThread>> MailThread::start(const MailSettings& settings, AttemptSink& sink,
                                                      const Clock& clock) {
  auto transport = parse_transport(settings.transport);
  if (!transport) return std::move(transport).error();
  auto io = std::make_shared<Io>(1);
  auto processor =
      std::visit(MakeProcessor{settings, MailContext{io, sink, clock, settings.message_id_domain}}, *transport);
  if (!processor) return std::move(processor).error();
  return std::unique_ptr<MailThread>(std::make_unique<OneMailThread>(std::move(io), std::move(*processor)));
}

}  // namespace jobd
