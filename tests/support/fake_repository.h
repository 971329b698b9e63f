// FakeRepository: the store of the core's tests, a map and the lifecycle. It can be told to fail its next
// commit. What a real store owes is tests/contract's business; this one does just what the engine needs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/repository.h"
#include "shared/clock.h"

namespace jobd::testing {

class FakeRepository final : public Repository {
 public:
  explicit FakeRepository(const Clock& clock) : clock_(clock) {}

  void fail_next_commit(Error error) { failure_ = std::move(error); }
  void refuse_chunks(Error error) { chunk_refusal_ = std::move(error); }  // and every submit that had some
  void refuse_jobs(Error why) { refusal_ = std::move(why); }              // as takes_jobs tells it
  // As if its key were known: the job that it brings was there before.
  void repeat_next_submit() { repeating_ = true; }
  bool has(const JobId& id) const { return jobs_.contains(id); }
  const Record& job(const JobId& id) const { return jobs_.at(id).record; }
  std::size_t batches() const { return batches_; }
  const ClaimBudget& last_budget() const { return last_budget_; }
  const std::vector<std::vector<Sent>>& sent() const { return sent_; }  // of each KeepSent

  Result<Recovery> recover() override { return Recovery{}; }
  Result<std::vector<LaneRule>> lanes(std::span<const std::string> rules) override;
  Result<Done> name_relays(std::span<const std::string> /*names*/) override { return Done{}; }
  Result<BatchResult> apply(std::span<Command> commands, const ClaimBudget& budget) override;
  Result<Found> get(const JobId& id, bool with_content) override;
  Result<FoundPage> list(const JobFilter& filter, std::size_t limit, const std::string& cursor) override;
  Counts counts() override;
  Result<Done> takes_jobs() override;
  QueueView queue(const Admission& admission) override;
  bool tend() override { return false; }

 private:
  struct Stored {
    Record record;
    std::shared_ptr<const std::string> content;
  };
  using Stock = std::map<JobId, Stored>;

  Outcome run(const Command& command);
  Outcome remove(const JobId& id);
  Outcome move(const JobId& id, const std::function<Result<Record>(Record)>& step);
  void expire(BatchResult& result);
  void claim(const ClaimBudget& budget, BatchResult& result);

  const Clock& clock_;
  Stock jobs_;
  std::map<JobId, std::string> chunks_;  // of contents under way
  bool paused_ = false;
  std::optional<Error> failure_;
  std::optional<Error> chunk_refusal_;
  std::optional<Error> refusal_;
  bool repeating_ = false;
  std::size_t batches_ = 0;
  ClaimBudget last_budget_;
  std::vector<std::vector<Sent>> sent_;
  std::vector<LaneRule> lanes_{{kDefaultLane, "default"}};
};

}  // namespace jobd::testing
