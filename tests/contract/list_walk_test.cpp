// Whoever walks through a list page by page while the jobs change meets each job once at most, and every job that
// matched from the first page to the last one. Each filter is walked with by a story of its own that chance tells.
#include <algorithm>
#include <set>

#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class ListWalk : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    // Ids ascend through all tests of the process; here they must tell the time.
    clock_.set(a_record(clock_.now()).id.made_at() + minutes(1));
    begin_ = clock_.now();
    for (int batch = 0; batch < 8; ++batch) {
      submit_all({some_mail(), some_mail(), some_mail(), some_mail(), some_mail(), some_mail()});
      for (int i = 0; i < 4; ++i) something_happens();
      clock_.advance(seconds(1));
    }
  }

  std::vector<JobFilter> filters() const {
    std::vector<JobFilter> all(1);
    for (int status = 0; status < 6; ++status) all.push_back({static_cast<JobStatus>(status), "", "", {}, {}});
    all.push_back({{}, "odd", "", {}, {}});
    all.push_back({{}, "", "b@EXAMPLE.com", {}, {}});
    all.push_back({{}, "", "", begin_ + seconds(3), {}});
    all.push_back({{}, "", "", {}, begin_ + seconds(5)});
    all.push_back({{}, "odd", "b@example.com", begin_ + seconds(2), begin_ + seconds(9)});
    all.push_back({JobStatus::pending, "odd", "", begin_ + seconds(1), {}});
    all.push_back({JobStatus::failed, "", "b@example.com", {}, begin_ + seconds(6)});
    all.push_back({JobStatus::cancelled, "odd", "b@example.com", begin_, begin_ + seconds(8)});
    return all;
  }

  static bool matches(const Record& record, const JobFilter& filter) {
    if (filter.status && record.status() != *filter.status) return false;
    if (filter.since && record.created_at < *filter.since) return false;
    if (filter.until && record.created_at >= *filter.until) return false;
    if (!filter.tag.empty() && !std::ranges::count(record.tags, filter.tag)) return false;
    return filter.recipient.empty() || std::ranges::any_of(record.recipients, [](const Recipient& recipient) {
             return recipient.address == "b@example.com";
           });
  }

  // As get() has them, one by one.
  std::set<JobId> matching(const JobFilter& filter) {
    std::set<JobId> out;
    for (const JobId& id : known_) {
      const Result<Found> found = store_->get(id, false);
      if (found && matches(found->record, filter)) out.insert(id);
    }
    return out;
  }

  std::uint64_t chance(std::uint64_t sides) { return random_.bits() % sides; }

  MailBuilder some_mail() {
    MailBuilder mail = a_mail().hold();
    if (chance(2) == 0) mail.tag("odd");
    if (chance(2) == 0) mail.to({"a@example.com", "b@example.com"});
    if (chance(6) == 0) mail.living(seconds(4));
    if (chance(6) == 0) mail.due_in(seconds(2));
    return mail;
  }

  BatchResult submit_all(const std::vector<MailBuilder>& mails) {
    BatchResult batch = StoreContract::submit_all(mails);
    for (const Record& record : accepted(batch)) known_.push_back(record.id);
    return batch;
  }

  void something_happens() { happens_to(known_[chance(known_.size())]); }

  void happens_to(const JobId& id) {
    switch (chance(8)) {
      case 0: submit_all({some_mail()}); break;
      case 1: apply({Cancel{id}}); break;
      case 2: apply({Retry{id, seconds(100)}}); break;
      case 3: apply({Remove{id}}); break;
      case 4: clock_.advance(seconds(1)); break;
      case 5: finish_some(); break;
      default:
        for (Record& record : claim(2)) running_.push_back(std::move(record));
        break;
    }
  }
  void finish_some() {
    if (running_.empty()) return;
    const std::vector<RecipientResult> ends = {delivered(), permanent(), temporary(), uncertain()};
    finish(running_.back(), ends[chance(ends.size())]);
    running_.pop_back();
  }
  void end_and_remove(const JobId& id) {
    apply({Cancel{id}});
    apply({Remove{id}});
  }

  void walk(const JobFilter& filter) {
    std::set<JobId> throughout = matching(filter);
    std::vector<JobId> met;
    std::optional<std::string> cursor = "";
    while (cursor) {
      const FoundPage page = store_->list(filter, 4, *cursor).value();
      for (const Record& record : page.records) {
        EXPECT_TRUE(matches(record, filter)) << record.id.text();
        EXPECT_EQ(record, get(record));
        met.push_back(record.id);
      }
      cursor = page.next_cursor;
      for (int i = 0; i < 3; ++i) {
        if (i == 2 && !met.empty() && chance(2) == 0) end_and_remove(met.back());
        something_happens();
        const std::set<JobId> now = matching(filter);
        std::erase_if(throughout, [&](const JobId& id) { return !now.contains(id) && !std::ranges::count(met, id); });
      }
    }
    EXPECT_TRUE(std::ranges::is_sorted(met, [](const JobId& a, const JobId& b) { return b < a; })) << "newest first";
    EXPECT_EQ(std::ranges::adjacent_find(met), met.end()) << "one twice";
    for (const JobId& id : throughout) EXPECT_TRUE(std::ranges::count(met, id)) << "missing: " << id.text();
  }

  FakeRandom random_;
  Time begin_{};
  std::vector<JobId> known_;
  std::vector<Record> running_;
};
JOBD_CONTRACT(ListWalk, all_stores);

TEST_P(ListWalk, meets_each_job_once_and_misses_none_that_stays) {
  std::size_t met = 0;
  for (const JobFilter& filter : filters()) {
    SCOPED_TRACE(filter.status ? "status " + std::to_string(static_cast<int>(*filter.status)) : "any status");
    met += matching(filter).size();
    walk(filter);
  }
  EXPECT_GT(met, 100U) << "the filters found something";
}

TEST_P(ListWalk, goes_on_from_the_cursor_of_a_job_that_is_gone) {
  for (const JobFilter& filter : filters()) {
    const FoundPage first = store_->list(filter, 1, "").value();
    if (!first.next_cursor || first.records.empty()) continue;
    const FoundPage second = store_->list(filter, 1, *first.next_cursor).value();
    end_and_remove(first.records[0].id);
    const FoundPage again = store_->list(filter, 1, *first.next_cursor).value();
    if (second.records.empty() || !store_->get(second.records[0].id, false)) continue;
    EXPECT_EQ(ids(again.records), ids(second.records));
  }
}

}  // namespace
}  // namespace jobd::testing
