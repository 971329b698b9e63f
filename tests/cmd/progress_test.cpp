#include "cmd/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include "shared/descriptor.h"
#include "tests/cmd/scripted_server.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using jobd::testing::TemporaryFolder;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(DescribeProgress, TellsWhatIsKnown) {
  EXPECT_EQ(describe_progress({.done = 12'345}, {1'234.5, 0}), "12,345 done, 1,234/s");
  EXPECT_EQ(describe_progress({.done = 1'000, .failed = 3, .bytes = 250, .bytes_total = 1'000}, {100, 25}),
            "1,000 done, 25 %, 100/s, 30s left, 3 failed");
}

TEST(DescribeProgress, AtItsEnds) {
  EXPECT_EQ(describe_progress({.bytes_total = 100}, {}), "0 done, 0 %, 0/s");
  EXPECT_EQ(describe_progress({.done = 5, .bytes = 100, .bytes_total = 100}, {5, 100}), "5 done, 100 %, 5/s");
  EXPECT_EQ(describe_progress({.done = 5, .bytes = 200, .bytes_total = 100}, {5, 200}), "5 done, 100 %, 5/s");
}

TEST(DescribeProgress, SaysWhyNothingMovesInsteadOfATime) {
  EXPECT_EQ(describe_progress({.done = 10, .bytes = 1, .bytes_total = 2, .trouble = "the queue\x1b is full"}, {10, 1}),
            "10 done, 50 %, 10/s; waiting: the queue\\u001b is full");
  EXPECT_EQ(describe_progress({.done = 10, .bytes = 1, .bytes_total = 2}, {}), "10 done, 50 %, 0/s");
}

TEST(DrawProgress, HasABarInTheFreeColumns) {
  const Progress half{.done = 10, .bytes = 1, .bytes_total = 2};
  EXPECT_EQ(draw_progress(half, {}, 33), "10 done, 50 %, 0/s  [#####......]");
  EXPECT_EQ(draw_progress(half, {}, 31), "10 done, 50 %, 0/s");
  EXPECT_EQ(draw_progress(half, {}, 10), "10 done, …");
  EXPECT_EQ(draw_progress(half, {}, 500).size(), 18U + 4 + 40);
  EXPECT_EQ(draw_progress({.done = 10}, {}, 80), "10 done, 0/s");
  EXPECT_THAT(draw_progress({.done = 9, .bytes = 2, .bytes_total = 2}, {}, 80), HasSubstr("[####"));
}

TEST(RecentPace, IsThatOfTheLastSeconds) {
  RecentPace pace(kNoon);
  EXPECT_DOUBLE_EQ(pace.add({.done = 100, .bytes = 1'000}, kNoon + seconds(1)).bytes_per_second, 1'000);
  for (int at = 2; at <= 20; ++at) pace.add({.done = 100, .bytes = 1'000}, kNoon + seconds(at));
  EXPECT_DOUBLE_EQ(pace.add({.done = 110, .bytes = 1'500}, kNoon + seconds(21)).done_per_second, 2);
  EXPECT_DOUBLE_EQ(pace.add({.done = 110, .bytes = 1'500}, kNoon + seconds(22)).bytes_per_second, 100);
}

class ProgressLineTest : public ::testing::Test {
 protected:
  ProgressLineTest() : console_{in_, false, out_, err_} {
    console_.err_screen.redraws = true;
    console_.err_screen.columns = 40;
  }
  std::string written() {
    std::string text = err_.str();
    err_.str("");
    return text;
  }

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
};

TEST_F(ProgressLineTest, ComesAfterAMomentAndAFewTimesASecond) {
  ProgressLine line(console_, kNoon);
  line.show({.done = 1}, kNoon + milliseconds(999));
  EXPECT_EQ(written(), "");
  line.show({.done = 2}, kNoon + seconds(1));
  EXPECT_EQ(written(), "\r\x1b[K2 done, 2/s");
  line.show({.done = 3}, kNoon + milliseconds(1249));
  EXPECT_EQ(written(), "");
  line.show({.done = 4}, kNoon + milliseconds(1250));
  EXPECT_THAT(written(), HasSubstr("4 done"));
}

TEST_F(ProgressLineTest, GoesForAMessageAndAtItsEnd) {
  {
    ProgressLine line(console_, kNoon);
    line.erase();
    EXPECT_EQ(written(), "");
    line.show({.done = 1}, kNoon + seconds(2));
    written();
    line.erase();
    EXPECT_EQ(written(), "\r\x1b[K");
    line.show({.done = 1}, kNoon + seconds(2));
    EXPECT_THAT(written(), HasSubstr("1 done"));
  }
  EXPECT_EQ(written(), "\r\x1b[K");
}

TEST_F(ProgressLineTest, FitsTheTerminal) {
  ProgressLine line(console_, kNoon);
  line.show({.done = 1, .trouble = "the queue is full and the relay is down"}, kNoon + seconds(2));
  EXPECT_EQ(written(), "\r\x1b[K1 done, 0/s; waiting: the queue is ful…");
}

TEST_F(ProgressLineTest, IsNotShownWhereItCannotBeDrawnOver) {
  console_.err_screen.redraws = false;
  ProgressLine line(console_, kNoon);
  line.show({.done = 1}, kNoon + seconds(2));
  line.erase();
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressLineTest, IsNotShownAmongTheResults) {
  console_.out_screen.terminal = STDOUT_FILENO;
  ProgressLine line(console_, kNoon);
  line.show({.done = 1}, kNoon + seconds(2));
  EXPECT_EQ(written(), "");
}

TEST(BytesLeft, AreThoseOfAFileFromWhereItStands) {
  const TemporaryFolder folder;
  const Descriptor file(::open(folder.write("f", "12345").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(bytes_left(file.get()), 5U);
  ::lseek(file.get(), 2, SEEK_SET);
  EXPECT_EQ(bytes_left(file.get()), 3U);
  ::lseek(file.get(), 9, SEEK_SET);
  EXPECT_EQ(bytes_left(file.get()), 0U);
  EXPECT_EQ(bytes_left(-1), 0U);
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(bytes_left(null.get()), 0U);
}

}  // namespace
}  // namespace jobd::cmd
