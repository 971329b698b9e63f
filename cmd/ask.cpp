#include "cmd/ask.h"

#include <ostream>

#include "shared/unicode.h"

namespace jobd::cmd {

bool is_agreed(Context& context, const std::string& question) {
  if (!context.outside.has_person()) return true;
  context.console.out.flush();
  const std::string answer = context.outside.ask(question + " [y/N] ");
  if (equal_ignoring_case(answer, "y") || equal_ignoring_case(answer, "yes")) return true;
  complain(context.console, "nothing was changed");
  return false;
}

}  // namespace jobd::cmd
