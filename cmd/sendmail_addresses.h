// The addresses of a header or an argument as sendmail(1) takes them: with comments, and with names of this machine
// ("root") that have no domain. Not mailboxes_of (shared/raw_message.h), which gives names and needs them sound: here
// a name is passed over whatever it is, a missing ">" is forgiven, and the places in the text are kept, to put domains
// in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace jobd::cmd {

struct Qualified {
  std::string text;                    // as it was, with the domain where it lacked
  std::vector<std::string> addresses;  // bare
};

// A list of addresses, groups and comments and all, over any number of lines. Errors: invalid_field, what is no
// address.
Result<Qualified> qualify(std::string_view list, const std::string& domain);

}  // namespace jobd::cmd
