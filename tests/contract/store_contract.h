// The fixture of the contract suite: one store, a clock that stands, and a small language to tell stories in.
// Every test ends with a recount: whatever happened, the counts agree with the jobs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/contract/mail_builder.h"
#include "tests/contract/results.h"
#include "tests/contract/store_kinds.h"
#include "tests/support/fakes.h"

namespace jobd::testing {

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A clean end and a new start; what recover() found.
  Recovery reopen();

  BatchResult apply(std::vector<Command> commands, const ClaimBudget& budget = {});
  Outcome apply_one(Command command);

  // The record as accepted. Nothing is claimed.
  Record submit(const MailBuilder& mail);
  Result<Record> try_submit(const MailBuilder& mail);
  // Several in one batch, with or without room to claim them.
  BatchResult submit_all(const std::vector<MailBuilder>& mails, const ClaimBudget& budget = {});

  // What is claimed now.
  std::vector<Record> claim(std::size_t slots = 100, Admission admission = {});
  Record claim_one();

  Record finish(const Record& processing, RecipientResult each);
  Record finish(AttemptResult result);
  Code refused(Command command);

  Record get(const JobId& id);
  Record get(const Record& record) { return get(record.id); }
  std::string content(const Record& record);
  JobStatus status(const Record& record) { return get(record).status(); }
  std::vector<JobId> list(const JobFilter& filter = {}, std::size_t limit = limits::kListLimit);
  std::uint64_t count(JobStatus status) { return store_->counts().jobs[static_cast<std::size_t>(status)]; }
  std::optional<Time> next_due(const Admission& admission = {}) { return store_->queue(admission).next_due; }
  std::optional<Time> next_expiry() { return store_->queue({}).next_expiry; }

  static ClaimBudget room(std::size_t slots = 100, Admission admission = {});

  FakeClock clock_;
  StoreSettings settings_;
  std::unique_ptr<StoreUnderTest> under_test_;
  std::unique_ptr<Repository> store_;
};

class DurableStoreContract : public StoreContract {};

// So many claims pass through a lane: 0 when it is closed, 1 for a probe. Others are open.
Admission only(std::map<LaneId, std::int64_t> claims);

std::vector<JobId> ids(const std::vector<Record>& records);
std::vector<JobId> ids(const std::vector<Claimed>& claims);
// Records as accepted, of a batch in which all submits succeeded.
std::vector<Record> accepted(const BatchResult& batch);
Time due(const Record& record);

// How many jobs list() finds in each state.
std::array<std::uint64_t, 6> recount(Repository& store);

#define JOBD_CONTRACT(fixture, kinds)                                     \
  INSTANTIATE_TEST_SUITE_P(Stores, fixture, ::testing::ValuesIn(kinds()), \
                           [](const auto& which) { return which.param.name; })

}  // namespace jobd::testing
