// The message that sendmail(1) was given, made whole as a mail system makes it: a header where there is none, the
// author, domains for names of this machine; and the submit of it.
//
// As Postfix has it: with -t the recipients of To, Cc and Bcc are added to those of the command line, those of the
// Resent- fields instead where there are any. Bcc leaves the message in jobd. Without -f the envelope's sender is the
// author, not who runs the program: a relay takes mail only from senders it knows.
#pragma once

#include <istream>
#include <string>
#include <variant>

#include "cmd/compose.h"
#include "cmd/exit_code.h"
#include "cmd/invocation.h"
#include "shared/requests.h"

namespace jobd::cmd {

// Who runs the program, and where.
struct Account {
  std::string user;
  std::string domain;
};
// The name of the user; the machine's mail name (/etc/mailname), else its host name.
Account account_here();

// To its end, or to a line that is a dot alone unless that is text; without NULs, which no mail may have and programs
// print. Refused: more than anybody takes (65), what cannot
// be read (66).
std::variant<std::string, Refusal> read_message(std::istream& in, bool a_dot_is_text,
                                                std::size_t bytes_max = kInputBytesMax);

// Without a key. Refused: nobody to send it to (64; 65 where the message should have said), what is no address (65).
std::variant<SubmitEmail, Refusal> compose_sendmail(const SendMail& options, std::string message,
                                                    const Account& account);

}  // namespace jobd::cmd
