#include "daemon/mail/simulate_processor.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <utility>

namespace jobd {
namespace {

// splitmix64: the n-th number of the sequence that the seed begins, without those before it.
std::uint64_t mix(std::uint64_t seed, std::uint64_t n) {
  std::uint64_t z = seed + n * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

class SimulateProcessor final : public Processor {
 public:
  SimulateProcessor(const SimulateTransport& transport, MailContext context)
      : latency_(transport.latency),
        relay_(relay_name(transport)),
        simulation_(transport),
        context_(std::move(context)) {}

  void start(Attempt attempt) override {
    AttemptResult result;
    result.ref = attempt.ref;
    result.started_at = context_.clock.now();
    result.relay = relay_;
    result.recipients = simulation_.attempt(attempt.ref.id, attempt.number, attempt.recipients.size());
    if (latency_.count() == 0) return report(std::move(result));
    const std::uint64_t key = ++last_key_;
    Running& running = running_.emplace(key, Running{std::move(result), Timer(*context_.io)}).first->second;
    running.timer.expires_after(latency_);
    running.timer.async_wait([this, key](const boost::system::error_code&) {
      if (auto ended = running_.extract(key)) report(std::move(ended.mapped().result));
    });
  }

  void abort_all() override {
    for (auto& [key, each] : std::exchange(running_, {})) {
      each.result.recipients.clear();
      each.result.trouble = Trouble::shutdown;
      each.result.trouble_reply.reply = "jobd stopped during the simulated delivery";
      report(std::move(each.result));
    }
  }

 private:
  using Timer = boost::asio::steady_timer;
  struct Running {
    AttemptResult result;
    Timer timer;
  };

  void report(AttemptResult result) {
    result.finished_at = context_.clock.now();
    context_.sink.finished(std::move(result));
  }

  const Duration latency_;
  const std::string relay_;
  Simulation simulation_;
  MailContext context_;
  std::map<std::uint64_t, Running> running_;
  std::uint64_t last_key_ = 0;
};

}  // namespace

std::uint64_t Simulation::ordinal_of(const JobId& job, int number) {
  const auto known = ordinals_.find(job);
  if (number > 1 && known != ordinals_.end()) return known->second;
  if (known == ordinals_.end() && ordinals_.size() == kJobsRemembered) ordinals_.erase(ordinals_.begin());
  return ordinals_[job] = ++last_ordinal_;
}

std::vector<RecipientResult> Simulation::attempt(const JobId& job, int number, std::size_t recipients) {
  static const RecipientResult kDelivered{Verdict::delivered, 250, "2.0.0", "simulated; nothing was sent"};
  static const RecipientResult kTemporary{Verdict::temporary, 451, "4.3.0", "simulated failure; nothing was sent"};
  static const RecipientResult kPermanent{Verdict::permanent, 550, "5.0.0", "simulated rejection; nothing was sent"};
  const std::uint64_t ordinal = ordinal_of(job, number);
  if (number <= settings_.fail_first) return std::vector<RecipientResult>(recipients, kTemporary);
  const std::uint64_t attempt_seed = mix(mix(settings_.seed, ordinal), static_cast<std::uint64_t>(number));
  std::vector<RecipientResult> results;
  for (std::size_t i = 0; i < recipients; ++i) {
    const double u = static_cast<double>(mix(attempt_seed, i) >> 11) * 0x1.0p-53;
    results.push_back(u < settings_.permanent                    ? kPermanent
                      : u < settings_.permanent + settings_.fail ? kTemporary
                                                                 : kDelivered);
  }
  if (std::ranges::find(results, Verdict::temporary, &RecipientResult::verdict) == results.end()) ordinals_.erase(job);
  return results;
}

std::unique_ptr<Processor> make_simulate_processor(const SimulateTransport& transport, MailContext context) {
  return std::make_unique<SimulateProcessor>(transport, std::move(context));
}

}  // namespace jobd
