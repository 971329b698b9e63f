#include "cmd/console.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "cmd/exit_code.h"
#include "shared/clock.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

bool begins_with_field(const Error& error) {
  if (!error.message.starts_with(error.field)) return false;
  const std::string_view rest = std::string_view(error.message).substr(error.field.size());
  return rest.starts_with(' ') || rest.starts_with('[') || rest.starts_with('.');
}

}  // namespace

void choose_color(Console& console, ColorChoice choice) {
  if (choice == ColorChoice::automatic) return;
  console.out_screen.color = console.err_screen.color = choice == ColorChoice::always;
}

void complain(Console& console, std::string_view message) {
  console.err << "jobctl: " << printable(message) << '\n';
}

int complain(Console& console, const Refusal& refusal) {
  std::string_view rest = refusal.message;
  while (!rest.empty()) {
    const std::string_view first = rest.substr(0, rest.find('\n'));
    complain(console, first);
    rest.remove_prefix(std::min(rest.size(), first.size() + 1));
  }
  return refusal.exit_code;
}

void complain_of_stop(Console& console) {
  complain(console, "jobd is stopping; what is not at its end goes on when jobd runs again");
}

int complain(Console& console, const Error& error, std::string_view about) {
  std::string message;
  if (error.message.find(about) == std::string::npos) message += std::string(about) + ": ";
  if (!error.field.empty() && !begins_with_field(error)) message += error.field + ": ";
  message += error.message;
  if (error.retry_after) message += "; try again in " + describe_duration(*error.retry_after);
  complain(console, message);
  return exit_code(error);
}

}  // namespace jobd::cmd
