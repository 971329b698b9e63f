// The email of a submit, with its files read: what the command line only names becomes content.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "cmd/console.h"
#include "cmd/exit_code.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// Of a file, or of a line of emails: more than a usual jobd lets through, less than a machine's memory.
inline constexpr std::size_t kInputBytesMax = 256UL << 20;

// An email as JSON that is sent as it is.
struct EmailJson {
  std::string text;  // an object
  std::string key;   // its idempotency key
};

// Reads standard input where the body is there. new_key: the idempotency key unless there is one. Refused: a file that
// cannot be read (66), text that is no UTF-8 or no JSON object or far too large (65), no text at all (64).
//
// A whole message may be any bytes. A JSON object (--from-json) may have all parameters of submit_email; of what the
// command line says beside it tags are added, metadata are added and replace those of the same key, all else replaces
// what the object says: --at and --delay each other too, --ttl an expires_at. What is in it jobd judges.
std::variant<SubmitEmail, EmailJson, Refusal> compose(const Submit& submit, const std::string& new_key,
                                                      Console& console);

}  // namespace jobd::cmd
