// The blobs of a job's row: everything comes back, nothing that is damaged comes through.
#include "daemon/store/record_codec.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd::store {
namespace {

using namespace jobd::testing;

// Every field set, times before and after created_at among them.
Record a_full_record() {
  Record record = a_record(kNoon, {"a@example.com", "b@example.com"});
  record.created_at = record.id.made_at() - Duration(3);
  record.from = "Shop <shop@example.com>";
  record.envelope_from = "";
  record.subject = std::string(300, 's');
  record.tags = {"", "news"};
  record.metadata = {{"a", "1"}, {"b", ""}};
  record.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  record.on_uncertain = OnUncertain::hold;
  record.content_bytes = 1ULL << 40;
  record.updated_at = kNoon - std::chrono::hours(24 * 365);
  record.started_at = kNoon + Duration(7);
  record.duration = Duration(12345);
  record.attempts = 2;
  record.max_attempts = 100;
  record.crashes = 1;
  record.uncounted = 3;
  record.uncounted_since = kNoon + std::chrono::hours(1);
  record.error = JobError{Failure::crash_loop, "why", kNoon, 451, "4.3.0"};
  record.recipients[0] = {"a@example.com", RecipientStatus::uncertain, 250, "2.0.0", "Ok", kNoon};
  record.history = {{1, kNoon, kNoon + Duration(9), AttemptOutcome::relay_trouble, "smtp://h:25", "refused"}};
  return record;
}

// The same as several parts, one in each state.
Record a_divided_record() {
  Record record = a_full_record();
  record.recipients.clear();
  record.dsn = {false, true, false, true, Dsn::Return::headers};
  const std::vector<State> states = {Pending{kNoon}, Processing{kNoon, true}, Completed{kNoon}, Failed{kNoon},
                                     Held{kNoon},    Cancelled{kNoon}};
  for (const State& state : states) {
    const auto place = static_cast<std::uint32_t>(record.recipients.size());
    record.recipients.emplace_back().address = "a@example.com";
    record.parts.push_back({place + 1, {place}, state, 1, 2, 3, 4, kNoon + Duration(5), std::nullopt});
  }
  record.parts[3].error = JobError{Failure::rejected, "no", kNoon, 550, "5.1.1"};
  return record;
}

// What the blobs do not carry: the columns.
Record with_columns_of(const Record& record) {
  Record out;
  out.id = record.id;
  out.scope = record.scope;
  out.priority = record.priority;
  out.lane = record.lane;
  out.state = record.state;
  return out;
}

TEST(RecordCodec, gives_back_every_field) {
  for (const Record& record : {a_full_record(), a_divided_record(), a_record(kNoon)}) {
    Record read = with_columns_of(record);
    ASSERT_TRUE(decode_envelope(encode_envelope(record), read));
    ASSERT_TRUE(decode_progress(encode_progress(record), read));
    EXPECT_TRUE(read == record);
  }
}

TEST(RecordCodec, a_plain_job_is_small) {
  Record record = a_record(kNoon);
  EXPECT_LE(encode_envelope(record).size() + encode_progress(record).size(), 100U);
}

TEST(RecordCodec, writes_a_plain_job_as_the_first_version_did) {
  EXPECT_EQ(encode_envelope(a_full_record()).front(), 1);
  EXPECT_EQ(encode_progress(a_full_record()).front(), 1);
}

TEST(RecordCodec, refuses_parts_that_do_not_share_out_the_recipients) {
  for (const std::vector<std::uint32_t>& places : std::vector<std::vector<std::uint32_t>>{{}, {1}, {0, 0}, {77}}) {
    Record record = a_divided_record();
    record.parts[0].recipients = places;
    Record read = with_columns_of(record);
    ASSERT_TRUE(decode_envelope(encode_envelope(record), read));
    EXPECT_FALSE(decode_progress(encode_progress(record), read));
  }
}

TEST(RecordCodec, refuses_every_truncation_and_what_is_too_long) {
  const Record record = a_divided_record();
  const std::string envelope = encode_envelope(record);
  const std::string progress = encode_progress(record);
  for (std::size_t size = 0; size < envelope.size(); ++size) {
    Record read = with_columns_of(record);
    EXPECT_FALSE(decode_envelope(envelope.substr(0, size), read)) << size;
  }
  for (std::size_t size = 0; size < progress.size(); ++size) {
    Record read = with_columns_of(record);
    EXPECT_FALSE(decode_progress(progress.substr(0, size), read)) << size;
  }
  Record read = with_columns_of(record);
  EXPECT_FALSE(decode_envelope(envelope + '\0', read));
  read = with_columns_of(record);
  EXPECT_FALSE(decode_progress(progress + '\0', read));
}

TEST(RecordCodec, survives_any_damaged_byte) {
  const Record record = a_divided_record();
  const std::string envelope = encode_envelope(record);
  const std::string progress = encode_progress(record);
  FakeRandom random;
  for (int round = 0; round < 20000; ++round) {
    std::string bad = round % 2 == 0 ? envelope : progress;
    for (std::uint64_t changes = random.bits() % 4 + 1; changes > 0; --changes) {
      bad[random.bits() % bad.size()] = static_cast<char>(random.bits());
    }
    Record read = with_columns_of(record);
    round % 2 == 0 ? decode_envelope(bad, read) : decode_progress(bad, read);
    EXPECT_LE(read.recipients.size(), bad.size());
  }
}

}  // namespace
}  // namespace jobd::store
