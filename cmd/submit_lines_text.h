// The texts of submit-email --json-lines: a line becomes a request, a reply is taken apart. By text where that is safe
// (submit_lines_json.h): a tree would cost more than all the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shared/error.h"
#include "shared/result.h"

namespace jobd::cmd {

// {"op":"submit_email","params":{...},"id":seq} with its line end. An email without a key gets the one that make_key
// gives; all else stays as it was written. Errors: invalid_json when the line is not one JSON object. Whether it is
// valid altogether jobd says.
Result<std::string> submit_request(std::string_view line, std::uint64_t seq,
                                   const std::function<std::string()>& make_key);
// The email in it, with its key. Precondition: submit_request made it.
std::string_view email_of_request(std::string_view request);

// What jobd calls no JSON, with the place in the line itself; where the line alone shows nothing, what jobd said.
Error explain_bad_json(std::string_view email, const Error& said);

// A reply taken apart; result or error is there.
struct ReplyText {
  std::optional<std::uint64_t> id;
  std::string_view result;
  std::string_view error;
};
// None when it is no reply of jobd's.
std::optional<ReplyText> read_reply(std::string_view line);
// The error of a reply that has one.
Error error_of_reply(std::string_view line);

// The error as replies have it: {"code":...,"message":...}.
std::string error_json(const Error& error);

}  // namespace jobd::cmd
