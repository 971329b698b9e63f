// The small vocabulary: times, durations, ids, names, tables, base64, lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "shared/base64.h"
#include "shared/clock.h"
#include "shared/error.h"
#include "shared/framing.h"
#include "shared/job_id.h"
#include "shared/names.h"
#include "shared/operations.h"
#include "shared/unicode.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::kNoon;

TEST(Clock, TimesBothWays) {
  EXPECT_EQ(format_time(kNoon + milliseconds(7)), "2026-03-01T12:00:00.007Z");
  EXPECT_EQ(parse_time("2026-03-01T12:00:00.007Z"), kNoon + milliseconds(7));
  EXPECT_EQ(parse_time("2026-03-01T13:30:00.0079+01:30"), kNoon + milliseconds(7));
  EXPECT_EQ(parse_time("2026-03-01t12:00:00z"), kNoon);
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z") < kNoon, true);
  for (const char* bad : {"", "2026-03-01", "2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:00:00",
                          "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00Z ", "1969-12-31T23:59:59Z",
                          "2026-03-01T12:00:00+1", "20260301T120000Z"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Clock, DurationsBothWays) {
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("1h30m"), minutes(90));
  EXPECT_EQ(parse_duration("3d"), hours(72));
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(format_duration(hours(25) + milliseconds(5)), "1d1h5ms");
  EXPECT_EQ(format_duration(Duration(0)), "0s");
  for (const char* bad :
       {"", "5", "-5s", "5 s", "s", "1.5h", "30m1h", "5s5s", "99999999999999999999d", "40000d", "5S"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  EXPECT_EQ(describe_duration(minutes(4) + seconds(12) + milliseconds(9)), "4m 12s");
  EXPECT_EQ(describe_duration(hours(51)), "2d 3h");
  EXPECT_EQ(describe_duration(milliseconds(320)), "320 ms");
  EXPECT_EQ(describe_duration(seconds(59)), "59s");
  EXPECT_EQ(describe_duration(hours(1)), "1h");
}

TEST(JobIds, AscendEvenWhenTheClockStandsOrGoesBack) {
  JobIdMaker maker;
  const JobId first = maker.next(kNoon, 1);
  const JobId second = maker.next(kNoon, 2);
  const JobId third = maker.next(kNoon - hours(1), 3);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_EQ(second.seq(), first.seq() + 1);
  EXPECT_EQ(first.made_at(), kNoon);
}

TEST(JobIds, GoOnAboveTheFloor) {
  const std::int64_t floor = (kNoon + hours(1)).time_since_epoch().count() << 12;
  JobIdMaker maker(floor);
  EXPECT_EQ(maker.next(kNoon, 1).seq(), floor + 1);
}

TEST(JobIds, ReadBackAndRefuseWhatIsNone) {
  const JobId id = JobId::from_parts((kNoon.time_since_epoch().count() << 12) | 0xabc, 0x3fffffffffffffff);
  EXPECT_EQ(JobId::parse(id.text()), id);
  EXPECT_EQ(id.random(), 0x3fffffffffffffff);
  EXPECT_EQ(id.text()[14], '7') << "version 7";
  for (const char* bad : {"", "7", "019535d9-3df7-49fb-b466-fa907fa17f9e", "019535d9-3df7-79fb-7466-fa907fa17f9e",
                          "019535d93df779fbb466fa907fa17f9e", "019535d9-3df7-79fb-b466-fa907fa17f9g",
                          "019535d9-3df7-79fb-b466-fa907fa17f9e "}) {
    EXPECT_FALSE(JobId::parse(bad)) << bad;
  }
}

TEST(Digests, AreEqualForEqualTextsOfOneKind) {
  EXPECT_EQ(digest("a", "x"), digest("a", "x"));
  EXPECT_NE(digest("a", "x"), digest("b", "x"));
  EXPECT_NE(digest("a", "x"), digest("a", "y"));
}

TEST(Names, ReadBack) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(named<JobStatus>(name(static_cast<JobStatus>(i))), static_cast<JobStatus>(i));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(named<Failure>(name(static_cast<Failure>(i))), static_cast<Failure>(i));
  EXPECT_FALSE(named<JobStatus>("Pending"));
}

TEST(Tables, HaveEachNameOnce) {
  std::set<std::string_view> names;
  for (const CodeRow& row : all_codes()) {
    EXPECT_TRUE(names.insert(row.name).second);
    EXPECT_EQ(code_named(row.name), row.code);
    EXPECT_EQ(row.retryable, row.exit_code == 75) << "what may be repeated exits with EX_TEMPFAIL";
  }
  std::set<std::string> routes;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(routes.insert(std::string(operation.http_method) + std::string(operation.http_path)).second);
  }
}

TEST(Base64, BothWays) {
  EXPECT_EQ(decode_base64("aGVsbG8="), "hello");
  EXPECT_EQ(decode_base64("aGVs\r\n bG8="), "hello");
  EXPECT_EQ(decode_base64(""), "");
  for (const std::string& bytes :
       {std::string("a"), std::string("ab"), std::string("abc"), std::string("\0\xff\x10", 3)}) {
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
  for (const char* bad : {"a", "aGVsbG8", "aGVsbG8=a", "a===", "====", "aGVsbG9=", "aGV%", "aGVs-_=="}) {
    EXPECT_FALSE(decode_base64(bad)) << bad;
  }
}

TEST(Unicode, WellFormedOnly) {
  EXPECT_TRUE(is_utf8("aé€😀"));
  for (const char* bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_FALSE(is_utf8(bad));
  EXPECT_TRUE(has_control("a\x7f"));
  EXPECT_TRUE(has_control("a\xc2\x9b"));
  EXPECT_FALSE(has_control("é"));
}

// Feeds text in pieces of n bytes and takes the lines that come.
std::vector<std::string> lines_of(LineReader& reader, std::string_view text, std::size_t n) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, n);
    const std::span<char> room = reader.prepare(piece.size());
    std::copy(piece.begin(), piece.end(), room.begin());
    reader.commit(piece.size());
    text.remove_prefix(piece.size());
    while (const auto line = reader.next()) out.emplace_back(*line);
  }
  return out;
}

TEST(Framing, LinesInAnyPieces) {
  for (std::size_t n = 1; n < 12; ++n) {
    LineReader reader(100);
    EXPECT_THAT(lines_of(reader, "one\n\r\n  \ntwo\r\nthree", n), ::testing::ElementsAre("one", "two")) << n;
    EXPECT_EQ(reader.rest(), "three");
  }
}

TEST(Framing, OverTheLimitIsOverForGood) {
  LineReader ended(4);
  EXPECT_TRUE(lines_of(ended, "12345\nok\n", 100).empty());
  EXPECT_TRUE(ended.overflowed());
  LineReader unended(4);
  EXPECT_THAT(lines_of(unended, "ok\n12345", 100), ::testing::ElementsAre("ok"));
  EXPECT_TRUE(unended.overflowed());
  LineReader exact(4);
  EXPECT_THAT(lines_of(exact, "1234\n", 100), ::testing::ElementsAre("1234"));
}

}  // namespace
}  // namespace jobd
