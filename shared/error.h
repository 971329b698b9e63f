// Error, the one way an expected failure travels, and the one table that gives each code its wire name,
// its HTTP status, the exit code of jobctl and whether the same request may simply be repeated.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobd {

enum class Code : std::uint8_t {
  invalid_request,  // what is no HTTP, or not as jobd takes it; its status may be another of 4xx and 5xx that says more
  invalid_json,
  invalid_field,
  missing_field,
  unknown_field,
  idempotency_mismatch,
  unknown_operation,
  not_found,
  method_not_allowed,
  conflict,
  gone,
  too_large,
  unsupported_media_type,
  unauthorized,
  forbidden,
  rate_limited,
  busy,
  draining,
  unavailable,
  storage_full,
  internal,
};

struct CodeRow {
  Code code;
  std::string_view name;
  int http_status;
  int exit_code;  // of jobctl, in the numbers of sysexits.h
  bool retryable;
};

std::span<const CodeRow> all_codes();
const CodeRow& row(Code code);
std::optional<Code> code_named(std::string_view name);

// message is a sentence for a person: what happened and what to do about it. field is the path of the
// offending parameter ("to[1]", "attachments[0].content"), empty where there is none.
struct Error {
  Code code = Code::internal;
  std::string message;
  std::string field = {};
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace jobd
