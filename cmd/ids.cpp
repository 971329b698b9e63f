#include "cmd/ids.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <string_view>

#include "shared/text.h"

namespace jobd::cmd {
namespace {

// Longer than any line with an id that jobctl prints.
constexpr std::size_t kLineBytesMax = 64UL << 10;
constexpr std::size_t kToldColumns = 60;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kTableHead = "ID";

// Precondition: the line is not blank.
std::string_view first_word(std::string_view line) {
  line.remove_prefix(line.find_first_not_of(kBlanks));
  return line.substr(0, line.find_first_of(kBlanks));
}

}  // namespace

IdSource::IdSource(const Ids& ids, Console& console) : ids_(ids), console_(console), lines_(kLineBytesMax) {}

std::optional<JobId> IdSource::next() {
  if (taken_ < ids_.ids.size()) return ids_.ids[taken_++];
  if (!ids_.from_input) return std::nullopt;
  while (const auto line = next_line()) {
    const std::string_view word = line->too_long ? "..." : first_word(line->text);
    if (word == kTableHead) continue;
    if (const auto id = JobId::parse(word)) return id;
    complain(console_, "standard input, line " + std::to_string(line->number) + ": \"" +
                           shorten(printable(word), kToldColumns) + "\" is no job id");
    code_ = worse(code_, kBadData);
  }
  return std::nullopt;
}

std::optional<NumberedLine> IdSource::next_line() {
  for (;;) {
    if (const auto line = lines_.next()) return line;
    if (lines_.at_end()) return std::nullopt;
    read_more();
  }
}

void IdSource::read_more() {
  std::istream& in = console_.in;
  if (in.rdbuf()->in_avail() <= 0) console_.out.flush();
  if (in.peek() != std::istream::traits_type::eof()) {
    const auto at_hand = static_cast<std::size_t>(in.rdbuf()->in_avail());
    in.read(lines_.prepare(at_hand).data(), static_cast<std::streamsize>(at_hand));
    lines_.commit(at_hand);
    return;
  }
  lines_.end();
  if (!in.bad()) return;
  complain(console_, "standard input cannot be read");
  code_ = worse(code_, kNoInput);
}

std::vector<JobId> read_all(IdSource& source) {
  std::vector<JobId> ids;
  while (const auto id = source.next()) ids.push_back(*id);
  return ids;
}

}  // namespace jobd::cmd
