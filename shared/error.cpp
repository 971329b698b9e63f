#include "shared/error.h"

#include <algorithm>
#include <array>

namespace jobd {
namespace {

// In the order of Code.
constexpr std::array kCodes{
    CodeRow{Code::invalid_request, "invalid_request", 400, 65, false},
    CodeRow{Code::invalid_json, "invalid_json", 400, 65, false},
    CodeRow{Code::invalid_field, "invalid_field", 422, 65, false},
    CodeRow{Code::missing_field, "missing_field", 422, 65, false},
    CodeRow{Code::unknown_field, "unknown_field", 422, 65, false},
    CodeRow{Code::idempotency_mismatch, "idempotency_mismatch", 422, 65, false},
    CodeRow{Code::unknown_operation, "unknown_operation", 404, 64, false},
    CodeRow{Code::not_found, "not_found", 404, 66, false},
    CodeRow{Code::method_not_allowed, "method_not_allowed", 405, 64, false},
    CodeRow{Code::conflict, "conflict", 409, 65, false},
    CodeRow{Code::gone, "gone", 410, 65, false},
    CodeRow{Code::too_large, "too_large", 413, 65, false},
    CodeRow{Code::unsupported_media_type, "unsupported_media_type", 415, 65, false},
    CodeRow{Code::unauthorized, "unauthorized", 401, 77, false},
    CodeRow{Code::forbidden, "forbidden", 403, 77, false},
    CodeRow{Code::rate_limited, "rate_limited", 429, 75, true},
    CodeRow{Code::busy, "busy", 503, 75, true},
    CodeRow{Code::draining, "draining", 503, 75, true},
    CodeRow{Code::unavailable, "unavailable", 503, 75, true},
    CodeRow{Code::storage_full, "storage_full", 507, 75, true},
    CodeRow{Code::internal, "internal", 500, 70, false},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (static_cast<std::size_t>(kCodes[i].code) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const CodeRow> all_codes() {
  return kCodes;
}

const CodeRow& row(Code code) {
  return kCodes[static_cast<std::size_t>(code)];
}

std::optional<Code> code_named(std::string_view name) {
  const auto* found = std::ranges::find(kCodes, name, &CodeRow::name);
  if (found == kCodes.end()) return std::nullopt;
  return found->code;
}

}  // namespace jobd
