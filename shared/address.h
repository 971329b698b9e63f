// Mail addresses: the grammar of RFC 5321 4.1.2 that we let through, which is less than RFC 5322 allows
// and more than most programs take: dot-atoms and quoted strings, UTF-8 in both halves (RFC 6531), domains
// of labels and address literals; no comments, no routes, no groups, nothing that can leave its SMTP line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/email.h"
#include "shared/result.h"

namespace jobd {

// "a@b". The error's message says what is wrong with it; its field is empty.
Result<std::string> check_address(std::string_view text);

// "a@b", "<a@b>", "Name <a@b>", "\"Quoted, Name\" <a@b>".
Result<Mailbox> parse_mailbox(std::string_view text);

// What stands between the commas of a header's list, trimmed: not what is empty, nor the names of groups.
std::vector<std::string_view> split_mailbox_list(std::string_view text);

// A header's comma-separated list, groups flattened; RFC 2047 words in names are left as they are.
Result<std::vector<Mailbox>> parse_mailbox_list(std::string_view text);

}  // namespace jobd
