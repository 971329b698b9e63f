// The command line of sendmail(1), as programs call it: letters that are joined ("-ti"), values that are joined or not
// ("-fme", "-f me"), options among the recipients, "--". The letters are those that Postfix takes; what has no meaning
// for jobd is taken and passes by.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cmd/exit_code.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// arguments: what follows "sendmail". Refusals: 64.
std::variant<SendMail, Refusal> parse_sendmail(const std::vector<std::string>& arguments);

// The arguments of jobctl that stand for a call by this name ("/usr/sbin/sendmail", "mailq", "newaliases"); by any
// other they are what they are.
std::vector<std::string> arguments_of_call(std::string_view program, std::vector<std::string> arguments);

}  // namespace jobd::cmd
