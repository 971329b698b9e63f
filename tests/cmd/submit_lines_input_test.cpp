#include "cmd/submit_lines_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace jobd::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::size_t kLongest = 10;
constexpr const char* kTooLong = "(too long)";

using Lines = std::vector<std::pair<std::uint64_t, std::string>>;

void take(NumberedLines& reader, Lines& lines) {
  while (const auto line = reader.next()) lines.emplace_back(line->number, line->too_long ? kTooLong : line->text);
}

// All of the input, in pieces of that size.
Lines read(std::string_view input, std::size_t piece) {
  NumberedLines reader(kLongest);
  Lines lines;
  for (std::string_view left = input; !left.empty(); left.remove_prefix(std::min(piece, left.size()))) {
    const std::string_view part = left.substr(0, piece);
    std::ranges::copy(part, reader.prepare(piece).begin());
    reader.commit(part.size());
    take(reader, lines);
  }
  reader.end();
  take(reader, lines);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.bytes_taken(), input.size());
  return lines;
}

class NumberedLinesInPieces : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, NumberedLinesInPieces, ::testing::Values(1, 2, 3, 7, 16, 1000));

TEST_P(NumberedLinesInPieces, CountsBlankLinesAndPassesOverThem) {
  EXPECT_THAT(read("a\n\nb\r\n \t\nc\n", GetParam()), ElementsAre(Pair(1, "a"), Pair(3, "b"), Pair(5, "c")));
}

TEST_P(NumberedLinesInPieces, ALastLineNeedsNoEnd) {
  EXPECT_THAT(read("a\nb", GetParam()), ElementsAre(Pair(1, "a"), Pair(2, "b")));
  EXPECT_THAT(read("a\n ", GetParam()), ElementsAre(Pair(1, "a")));
}

TEST_P(NumberedLinesInPieces, OfNothing) {
  EXPECT_THAT(read("", GetParam()), IsEmpty());
  EXPECT_THAT(read("\n\n", GetParam()), IsEmpty());
}

TEST_P(NumberedLinesInPieces, ALineThatIsTooLongIsOnlyNamed) {
  const std::string longest(kLongest, 'x');
  EXPECT_THAT(read(longest + "\n" + longest + "x\nb\n" + std::string(500, 'y') + "\nc", GetParam()),
              ElementsAre(Pair(1, longest), Pair(2, kTooLong), Pair(3, "b"), Pair(4, kTooLong), Pair(5, "c")));
}

TEST_P(NumberedLinesInPieces, ALineThatIsTooLongMayBeTheLast) {
  EXPECT_THAT(read("a\n" + std::string(500, 'y'), GetParam()), ElementsAre(Pair(1, "a"), Pair(2, kTooLong)));
}

TEST(NumberedLines, KeepsNothingOfALineThatNeverEnds) {
  NumberedLines reader(kLongest);
  for (int i = 0; i < 1000; ++i) {
    const auto space = reader.prepare(100);
    std::ranges::fill(space, 'x');
    reader.commit(space.size());
    ASSERT_FALSE(reader.next());
  }
  EXPECT_LE(reader.prepare(100).size(), 100U);
  EXPECT_EQ(reader.bytes_taken(), 100'000U);
  EXPECT_EQ(reader.next_number(), 1U);
}

}  // namespace
}  // namespace jobd::cmd
