#include "cmd/console.h"

#include <ostream>
#include <string>

#include "cmd/exit_code.h"
#include "shared/clock.h"
#include "shared/text.h"

namespace jobd::cmd {

void complain(Console& console, std::string_view message) {
  console.err << "jobctl: " << printable(message) << '\n';
}

int complain(Console& console, const Error& error, std::string_view about) {
  std::string message;
  if (!about.empty()) message += std::string(about) + ": ";
  if (!error.field.empty()) message += error.field + ": ";
  message += error.message;
  if (error.retry_after) message += "; try again in " + describe_duration(*error.retry_after);
  complain(console, message);
  return exit_code(error);
}

}  // namespace jobd::cmd
