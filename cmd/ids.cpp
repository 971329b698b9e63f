#include "cmd/ids.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <string_view>

#include "cmd/submit_lines_json.h"
#include "shared/limits.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kToldColumns = 60;
constexpr std::string_view kBlanks = " \t";

// Precondition: the line is not blank.
std::string_view first_word(std::string_view line) {
  line.remove_prefix(line.find_first_not_of(kBlanks));
  return line.substr(0, line.find_first_of(kBlanks));
}

// Of a job, or of a result that has one; empty where there is none.
std::string_view id_in_json(std::string_view object) {
  const std::string_view id = find_member(object, "id");
  return plain_string(id.empty() ? find_member(find_member(object, "job"), "id") : id);
}

// Precondition: the line is not blank.
std::optional<JobId> id_in(std::string_view line) {
  const std::string_view word = first_word(line);
  return JobId::parse(word.starts_with('{') ? id_in_json(line) : word);
}

}  // namespace

IdSource::IdSource(const Ids& ids, Console& console) : ids_(ids), console_(console), lines_(limits::kLineBytes) {}

std::optional<JobId> IdSource::next() {
  return next(Blocking::yes);
}

std::vector<JobId> IdSource::next_some(std::size_t most) {
  std::vector<JobId> ids;
  for (Blocking blocking = Blocking::yes; ids.size() < most; blocking = Blocking::no) {
    const auto id = next(blocking);
    if (!id) break;
    ids.push_back(*id);
  }
  return ids;
}

std::optional<JobId> IdSource::next(Blocking blocking) {
  if (taken_ < ids_.ids.size()) return ids_.ids[taken_++];
  if (!ids_.from_input) return std::nullopt;
  while (const auto line = next_line(blocking)) {
    const std::string_view text = line->too_long ? "..." : line->text;
    if (const auto id = id_in(text)) return id;
    const bool is_json = first_word(text).starts_with('{');
    const std::string what = '"' + shorten(printable(is_json ? text : first_word(text)), kToldColumns) + '"';
    complain(console_, "standard input, line " + std::to_string(line->number) + ": " + what +
                           (is_json ? " has no job id" : " is no job id"));
    code_ = worse(code_, kBadData);
  }
  return std::nullopt;
}

std::optional<NumberedLine> IdSource::next_line(Blocking blocking) {
  for (;;) {
    if (const auto line = lines_.next()) return line;
    if (lines_.at_end()) return std::nullopt;
    if (blocking == Blocking::no && !is_input_at_hand()) return std::nullopt;
    read_more();
  }
}

bool IdSource::is_input_at_hand() const {
  return console_.in.rdbuf()->in_avail() > 0;
}

void IdSource::read_more() {
  std::istream& in = console_.in;
  if (!is_input_at_hand()) console_.out.flush();
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
