#include "tests/contract/store_contract.h"

#include <utility>

namespace jobd::testing {

void StoreContract::SetUp() {
  settings_.min_free_space_bytes = 0;
  settings_.retry.jitter = 0;
  under_test_ = GetParam().make();
  reopen();
}

void StoreContract::TearDown() {
  EXPECT_EQ(recount(*store_), store_->counts().jobs);
}

Recovery StoreContract::reopen() {
  store_.reset();
  store_ = under_test_->open(settings_, clock_);
  return store_->recover().value();
}

BatchResult StoreContract::apply(std::vector<Command> commands, const ClaimBudget& budget) {
  Result<BatchResult> batch = store_->apply(commands, budget);
  if (batch) return *std::move(batch);
  ADD_FAILURE() << "the batch failed: " << batch.error().message;
  return {};
}

Outcome StoreContract::apply_one(Command command) {
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  BatchResult batch = apply(std::move(commands));
  return batch.outcomes.empty() ? Outcome(Error{}) : std::move(batch.outcomes.front());
}

Result<Record> StoreContract::try_submit(const MailBuilder& mail) {
  Outcome outcome = apply_one(mail.build(clock_.now()));
  if (!outcome) return std::move(outcome).error();
  return std::get<Accepted>(*outcome).record;
}

Record StoreContract::submit(const MailBuilder& mail) {
  Result<Record> record = try_submit(mail);
  if (record) return *std::move(record);
  ADD_FAILURE() << "refused: " << record.error().message;
  return {};
}

BatchResult StoreContract::submit_all(const std::vector<MailBuilder>& mails, const ClaimBudget& budget) {
  std::vector<Command> commands;
  for (const MailBuilder& mail : mails) commands.emplace_back(mail.build(clock_.now()));
  return apply(std::move(commands), budget);
}

std::vector<Record> StoreContract::claim(std::size_t slots, Admission admission) {
  std::vector<Record> records;
  for (Claimed& claimed : apply({}, room(slots, std::move(admission))).claims) {
    records.push_back(std::move(claimed.record));
  }
  return records;
}

Record StoreContract::claim_one() {
  std::vector<Record> claimed = claim(1);
  if (!claimed.empty()) return std::move(claimed.front());
  ADD_FAILURE() << "nothing to claim";
  return {};
}

Record StoreContract::finish(const Record& processing, RecipientResult each) {
  return finish(result_of(processing, std::move(each)));
}

Record StoreContract::finish(AttemptResult result) {
  const Outcome outcome = apply_one(Finish{std::move(result), 0, std::nullopt});
  if (outcome) return *std::get<Moved>(*outcome).record;
  ADD_FAILURE() << "not finished: " << outcome.error().message;
  return {};
}

Code StoreContract::refused(Command command) {
  const Outcome outcome = apply_one(std::move(command));
  if (!outcome) return outcome.error().code;
  ADD_FAILURE() << "was not refused";
  return Code::internal;
}

Record StoreContract::get(const JobId& id) {
  Result<Found> found = store_->get(id, false);
  if (found) return std::move(found->record);
  ADD_FAILURE() << found.error().message;
  return {};
}

std::string StoreContract::content(const Record& record) {
  Result<Found> found = store_->get(record.id, true);
  return found ? found->content.value_or("(dropped)") : found.error().message;
}

std::vector<JobId> StoreContract::list(const JobFilter& filter, std::size_t limit) {
  std::vector<JobId> found;
  std::optional<std::string> cursor = "";
  while (cursor) {
    Result<FoundPage> page = store_->list(filter, limit, *cursor);
    if (!page) {
      ADD_FAILURE() << page.error().message;
      break;
    }
    EXPECT_LE(page->records.size(), limit);
    for (const Record& record : page->records) found.push_back(record.id);
    cursor = std::move(page->next_cursor);
  }
  return found;
}

ClaimBudget StoreContract::room(std::size_t slots, Admission admission) {
  return {slots, std::move(admission)};
}

Admission only(std::map<LaneId, std::int64_t> claims) {
  Admission::Draws draws;
  std::vector<Admission::Pool> pools(1);
  for (const auto& [lane, count] : claims) {
    Admission::Draw draw;
    draw.any = {0};
    draw.all = {static_cast<std::uint32_t>(pools.size())};
    draws.emplace(lane, std::move(draw));
    pools.push_back({count, Admission::kUnlimited});
  }
  return {std::make_shared<const Admission::Draws>(std::move(draws)), std::move(pools)};
}

std::vector<JobId> ids(const std::vector<Record>& records) {
  std::vector<JobId> out;
  for (const Record& record : records) out.push_back(record.id);
  return out;
}

std::vector<JobId> ids(const std::vector<Claimed>& claims) {
  std::vector<JobId> out;
  for (const Claimed& claimed : claims) out.push_back(claimed.record.id);
  return out;
}

std::vector<Record> accepted(const BatchResult& batch) {
  std::vector<Record> out;
  for (const Outcome& outcome : batch.outcomes) out.push_back(std::get<Accepted>(outcome.value()).record);
  return out;
}

Time due(const Record& record) {
  return std::get<Pending>(record.state).due;
}

std::array<std::uint64_t, 6> recount(Repository& store) {
  std::array<std::uint64_t, 6> jobs{};
  std::optional<std::string> cursor = "";
  while (cursor) {
    Result<FoundPage> page = store.list({}, limits::kListLimit, *cursor);
    if (!page) {
      ADD_FAILURE() << page.error().message;
      break;
    }
    for (const Record& record : page->records) ++jobs[static_cast<std::size_t>(record.status())];
    cursor = std::move(page->next_cursor);
  }
  return jobs;
}

}  // namespace jobd::testing
