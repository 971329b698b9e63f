// IdSource: the ids a subcommand works on, those of its arguments first, then those on standard input as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cmd/console.h"
#include "cmd/exit_code.h"
#include "cmd/invocation.h"
#include "cmd/submit_lines_input.h"

namespace jobd::cmd {

// Own thread only. In constant memory however much comes.
//
// An id is the first word of its line, or where that is a JSON object its member id or job.id: so that whatever jobctl
// prints can be piped on. Blank lines are passed over. A line without an id is complained of with its number and passed
// over too.
class IdSource {
 public:
  IdSource(const Ids& ids, Console& console);

  // None at the end. Whoever waits for results has all of them before this waits for more input.
  std::optional<JobId> next();
  // The next one, and after it no more than are at hand, so many at most. Empty at the end.
  std::vector<JobId> next_some(std::size_t most);

  // What the input was worth so far: kDone, kBadData after a line without an id, kNoInput when it could not be read.
  int code() const { return code_; }

 private:
  enum class Blocking : std::uint8_t { no, yes };
  std::optional<JobId> next(Blocking blocking);
  std::optional<NumberedLine> next_line(Blocking blocking);
  bool is_input_at_hand() const;
  void read_more();

  const Ids& ids_;
  Console& console_;
  std::size_t taken_ = 0;  // of ids_
  NumberedLines lines_;
  int code_ = kDone;
};

// All of them.
std::vector<JobId> read_all(IdSource& source);

}  // namespace jobd::cmd
