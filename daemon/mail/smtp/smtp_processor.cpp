#include "daemon/mail/smtp/smtp_processor.h"

#include <cassert>
#include <utility>

#include "daemon/mail/smtp/prober.h"
#include "daemon/mail/smtp/relay_pool.h"

namespace jobd::smtp {
namespace {

class PoolsProcessor final : public SmtpProcessor {
 public:
  PoolsProcessor(const std::vector<RelaySettings>& relays, const MailContext& context) : io_(context.io) {
    for (const RelaySettings& relay : relays) pools_.push_back(std::make_unique<RelayPool>(relay, context));
  }

  void start(Attempt attempt) override {
    assert(attempt.relay < pools_.size());
    pools_[attempt.relay]->start(std::move(attempt), steady_now());
  }

  void abort_all() override {
    for (const auto& pool : pools_) pool->abort_all();
    for (const auto& prober : probers_) prober->abort();
  }

  void probe(ProbeOrder order, std::function<void(ProbeReport)> done) override {
    assert(order.relay < pools_.size());
    RelayAccess& access = pools_[order.relay]->access();
    auto ended = [this, done = std::move(done)](const Prober& prober, ProbeReport report) {
      std::erase_if(probers_, [&](const auto& each) { return each.get() == &prober; });
      done(std::move(report));
    };
    probers_.push_back(start_probe(access, std::move(order), io_, std::move(ended)));
  }

 private:
  const std::shared_ptr<boost::asio::io_context> io_;
  std::vector<std::unique_ptr<RelayPool>> pools_;  // by RelayId
  std::vector<std::shared_ptr<Prober>> probers_;
};

}  // namespace

std::unique_ptr<SmtpProcessor> make_smtp_processor(const std::vector<RelaySettings>& relays,
                                                   const MailContext& context) {
  return std::make_unique<PoolsProcessor>(relays, context);
}

}  // namespace jobd::smtp
