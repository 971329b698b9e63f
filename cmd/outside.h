// Outside: what subcommands need of the machine beside their streams and the time - to stand still, and a person to
// ask. One real form, tests bring their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/clock.h"

namespace jobd::cmd {

enum class Woken : std::uint8_t { by_bytes, by_time, by_closed_output };

class Outside {
 public:
  virtual ~Outside() = default;

  // Stands still until the descriptor can be read (-1: none), the time is over (none: never) or nobody reads standard
  // output any more; an output that was never open has no reader.
  virtual Woken wait(int descriptor, std::optional<Duration> limit) = 0;

  // Whether a person sits at the terminal and can be asked: it opens, and one of the standard streams is a terminal,
  // whichever.
  virtual bool has_person() = 0;
  // Shows the question on the terminal itself, wherever the streams go, and gives the answer, a line; empty when there
  // is none. Precondition: has_person().
  virtual std::string ask(const std::string& question) = 0;
};

// Own thread only.
class Machine final : public Outside {
 public:
  Woken wait(int descriptor, std::optional<Duration> limit) override;
  bool has_person() override;
  std::string ask(const std::string& question) override;
};

}  // namespace jobd::cmd
