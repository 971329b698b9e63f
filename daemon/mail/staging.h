// Staging: keeps a machine that is not production from writing to the world. It stands between the core and a processor
// and lets no recipient through to it that is not among allow_recipients: redirect_all_to gets the mail instead, once
// however many it was for, or, without one, they have failed for good. With redirect_all_to alone nobody is allowed.
//
// A redirected message says whom it was for (X-Jobd-Redirected-From), unless it also goes to recipients who are
// allowed: they get it as ever, and a Bcc is nobody else's to read. The reply that is kept of each recipient says so in
// any case: a job that is completed says where its mail went.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/processor.h"
#include "shared/clock.h"

namespace jobd {

struct StagingRules {
  std::string redirect_all_to;  // an address; empty: none
  std::vector<std::string>
      allow_recipients;  // addresses, or "@example.com" for all of that domain, compared without case
  bool apply() const { return !redirect_all_to.empty() || !allow_recipients.empty(); }
};

// Mail thread only. sink and clock outlive it. The processor is made with this as its sink, then handed over.
class Staging final : public Processor, public AttemptSink {
 public:
  Staging(StagingRules rules, AttemptSink& sink, const Clock& clock)
      : rules_(std::move(rules)), sink_(sink), clock_(clock) {}
  // Before the first start().
  void set_processor(std::unique_ptr<Processor> processor) { processor_ = std::move(processor); }

  void start(Attempt attempt) override;
  void abort_all() override { processor_->abort_all(); }

  void finished(AttemptResult result) override;
  void before_dot(AttemptRef ref, std::function<void(bool)> go) override { sink_.before_dot(ref, std::move(go)); }

 private:
  // What became of an attempt's recipients: the place of each among those that the processor got.
  struct Place {
    std::optional<std::size_t> given;  // none: refused
    bool redirected = false;
  };
  using Places = std::vector<Place>;

  bool is_allowed(const std::string& recipient) const;
  Places divert(Attempt& attempt) const;
  RecipientResult refused() const;
  RecipientResult redirected(RecipientResult result) const;

  const StagingRules rules_;
  AttemptSink& sink_;
  const Clock& clock_;
  std::unique_ptr<Processor> processor_;
  std::map<std::pair<JobId, std::uint32_t>, Places> diverted_;  // by job and part, while they are with the processor
};

}  // namespace jobd
