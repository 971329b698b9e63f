// list: newest first, by filter, page by page, while the jobs go on changing.
#include <algorithm>

#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JobFilter in_state(JobStatus status) {
  return {status, "", "", std::nullopt, std::nullopt};
}
JobFilter tagged(std::string tag) {
  return {std::nullopt, std::move(tag), "", std::nullopt, std::nullopt};
}
JobFilter sent_to(std::string address) {
  return {std::nullopt, "", std::move(address), std::nullopt, std::nullopt};
}

class List : public StoreContract {};
JOBD_CONTRACT(List, all_stores);

TEST_P(List, is_newest_first) {
  const auto all = ids(accepted(submit_all({a_mail(), a_mail(), a_mail()})));
  EXPECT_THAT(list(), ElementsAre(all[2], all[1], all[0]));
}

TEST_P(List, of_nothing_is_one_empty_page) {
  const FoundPage page = store_->list({}, 10, "").value();
  EXPECT_THAT(page.records, IsEmpty());
  EXPECT_EQ(page.next_cursor, std::nullopt);
}

TEST_P(List, by_status_knows_every_state) {
  submit_all({a_mail(), a_mail(), a_mail(), a_mail().hold(), a_mail()});
  const std::vector<Record> running = claim(4);
  finish(running[0], delivered());
  finish(running[1], permanent());
  finish(running[3], uncertain());
  const Record cancelled = submit(a_mail());
  ASSERT_TRUE(apply_one(Cancel{cancelled.id}).ok());
  EXPECT_THAT(list(in_state(JobStatus::completed)), ElementsAre(running[0].id));
  EXPECT_THAT(list(in_state(JobStatus::failed)), ElementsAre(running[1].id));
  EXPECT_THAT(list(in_state(JobStatus::processing)), ElementsAre(running[2].id));
  EXPECT_THAT(list(in_state(JobStatus::held)), ElementsAre(running[3].id));
  EXPECT_THAT(list(in_state(JobStatus::cancelled)), ElementsAre(cancelled.id));
  EXPECT_THAT(list(in_state(JobStatus::pending)), SizeIs(1));
}

TEST_P(List, gives_records_as_get_does) {
  submit_all({a_mail().tag("a"), a_mail()});
  claim_one();
  const FoundPage page = store_->list({}, 10, "").value();
  for (const Record& record : page.records) EXPECT_EQ(record, get(record));
}

TEST_P(List, by_tag_and_by_recipient_without_case) {
  const auto all = ids(accepted(submit_all({a_mail().tag("news").tag("west"), a_mail().tag("New"),
                                            a_mail().to({"x@example.com", "Jane.Doe@Example.com"})})));
  EXPECT_THAT(list(tagged("news")), ElementsAre(all[0]));
  EXPECT_THAT(list(tagged("west")), ElementsAre(all[0]));
  EXPECT_THAT(list(tagged("ne")), IsEmpty());
  EXPECT_THAT(list(sent_to("jane.doe@example.COM")), ElementsAre(all[2]));
  EXPECT_THAT(list(sent_to("doe@example.com")), IsEmpty());
}

TEST_P(List, by_time_takes_since_and_leaves_until) {
  // Ids ascend through all tests of the process; here they must tell the time.
  clock_.set(a_record(clock_.now()).id.made_at() + minutes(1));
  std::vector<Record> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(submit(a_mail()));
    clock_.advance(minutes(1));
  }
  JobFilter filter;
  filter.since = all[1].created_at;
  filter.until = all[3].created_at;
  EXPECT_THAT(list(filter), ElementsAre(all[2].id, all[1].id));
}

TEST_P(List, goes_on_where_its_cursor_says_while_jobs_come_and_change) {
  const auto all = ids(accepted(submit_all(std::vector<MailBuilder>(10, a_mail()))));
  const FoundPage first = store_->list({}, 4, "").value();
  ASSERT_TRUE(first.next_cursor);
  submit(a_mail());
  finish(claim_one(), delivered());
  const FoundPage second = store_->list({}, 4, *first.next_cursor).value();
  EXPECT_THAT(ids(second.records), ElementsAre(all[5], all[4], all[3], all[2]));
  const FoundPage third = store_->list({}, 4, *second.next_cursor).value();
  EXPECT_THAT(ids(third.records), ElementsAre(all[1], all[0]));
  EXPECT_EQ(third.next_cursor, std::nullopt);
}

TEST_P(List, pages_through_each_state) {
  submit_all(std::vector<MailBuilder>(9, a_mail()));
  const std::vector<Record> running = claim(6);
  for (std::size_t i = 0; i < 3; ++i) finish(running[i], permanent());
  EXPECT_THAT(list(in_state(JobStatus::pending), 2), SizeIs(3));
  EXPECT_THAT(list(in_state(JobStatus::processing), 2), ElementsAre(running[5].id, running[4].id, running[3].id));
  EXPECT_THAT(list(in_state(JobStatus::failed), 2), ElementsAre(running[2].id, running[1].id, running[0].id));
}

TEST_P(List, looks_at_a_bounded_number_of_jobs_a_page) {
  const Record rare = submit(a_mail().tag("rare"));
  submit_all(std::vector<MailBuilder>(limits::kListScanRows + 10, a_mail()));
  const FoundPage first = store_->list(tagged("rare"), 10, "").value();
  EXPECT_THAT(first.records, IsEmpty());
  ASSERT_TRUE(first.next_cursor);
  EXPECT_THAT(ids(store_->list(tagged("rare"), 10, *first.next_cursor).value().records), ElementsAre(rare.id));
}

TEST_P(List, refuses_what_is_no_cursor) {
  for (const char* cursor : {"x", "12x", "-1", "99999999999999999999", " 1"}) {
    const Result<FoundPage> page = store_->list({}, 10, cursor);
    ASSERT_FALSE(page.ok()) << cursor;
    EXPECT_EQ(page.error().code, Code::invalid_field);
    EXPECT_EQ(page.error().field, "cursor");
  }
}

}  // namespace
}  // namespace jobd::testing
