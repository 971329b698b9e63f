// Just enough of RFC 5322 to take a finished message in: its header fields as they stand. CR LF, LF and CR all end a
// line, as for whoever reads the message after us.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/email.h"
#include "shared/result.h"

namespace jobd {

// A field of a message: name as written, value unfolded and trimmed, and where its lines stand in the message.
struct RawField {
  std::string_view name;
  std::string value;
  std::size_t begin = 0;
  std::size_t end = 0;  // past its last line end
};

// The header is made of fields alone, as Postfix has it: it ends at the first line that is no part of one, an empty
// one or not. In front of it there may be what is none of the message: the byte order mark of an editor, and the
// "From " lines of a mailbox file.
struct RawHeader {
  std::size_t begin = 0;
  std::vector<RawField> fields;
  std::size_t end = 0;

  // All values of that name, compared without case.
  std::vector<std::string> values(std::string_view name) const;
};
RawHeader read_header(std::string_view message);

// Off the front of it: one line with its end.
std::string_view take_line(std::string_view& text);

// The mailboxes of a field's value, groups flattened. Comments are left out, and so are names that are no UTF-8: they
// stand in the message. Errors: invalid_field, of what is no address.
Result<std::vector<Mailbox>> mailboxes_of(std::string_view value);

}  // namespace jobd
