// The commands of a mail transaction, and addresses as they stand in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/mail/smtp/extensions.h"
#include "daemon/mail/smtp/terms.h"

namespace jobd::smtp {

struct WireAddress {
  std::string text;           // the domain in ASCII
  bool needs_utf8 = false;    // the local part is not ASCII: only with SMTPUTF8 (RFC 6531)
  const char* why = nullptr;  // it cannot stand in a command, in words; else null
};

// The last line of defence: an address that could end its brackets or its line is refused here, whoever let it in.
WireAddress wire_address(std::string_view address);

struct MailParameters {
  bool body_8bit = false;
  bool utf8 = false;  // an address needs it, or the message's header
};

// With the line end. Parameters only of what the server offers.
std::string mail_command(const Mail& mail, const WireAddress& sender, MailParameters parameters,
                         const Extensions& offered);
std::string rcpt_command(const Mail& mail, const WireAddress& recipient, const Extensions& offered);

// RFC 3461 section 4.
std::string xtext(std::string_view text);

}  // namespace jobd::smtp
