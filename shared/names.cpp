#include "shared/names.h"

#include <algorithm>
#include <array>

namespace jobd {
namespace {

// Names in the order of the enumerators.
constexpr std::array<std::string_view, 6> kStatus{"pending", "processing", "completed", "failed", "held", "cancelled"};
constexpr std::array<std::string_view, 4> kRecipient{"pending", "delivered", "failed", "uncertain"};
constexpr std::array<std::string_view, 7> kOutcome{"delivered", "partial",     "temporary",    "permanent",
                                                   "uncertain", "interrupted", "relay_trouble"};
constexpr std::array<std::string_view, 7> kWaiting{"scheduled",  "backoff", "rate_limit", "relay_down",
                                                   "relay_auth", "paused",  "slot"};
constexpr std::array<std::string_view, 2> kOnUncertain{"retry", "hold"};
constexpr std::array<std::string_view, 8> kFailure{"temporary",          "relay_trouble", "interrupted", "rejected",
                                                   "attempts_exhausted", "expired",       "in_doubt",    "crash_loop"};

template <typename E, std::size_t N>
std::string_view at(const std::array<std::string_view, N>& names, E value) {
  return names[static_cast<std::size_t>(value)];
}

template <std::size_t N>
std::string joined(const std::array<std::string_view, N>& names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

template <typename E, std::size_t N>
std::optional<E> find(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto* found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<E>(found - names.begin());
}

}  // namespace

std::string_view name(JobStatus value) {
  return at(kStatus, value);
}
std::string_view name(RecipientStatus value) {
  return at(kRecipient, value);
}
std::string_view name(AttemptOutcome value) {
  return at(kOutcome, value);
}
std::string_view name(WaitingFor value) {
  return at(kWaiting, value);
}
std::string_view name(OnUncertain value) {
  return at(kOnUncertain, value);
}
std::string_view name(Failure value) {
  return at(kFailure, value);
}

template <>
std::span<const std::string_view> every_name<JobStatus>() {
  return kStatus;
}
template <>
std::span<const std::string_view> every_name<RecipientStatus>() {
  return kRecipient;
}
template <>
std::span<const std::string_view> every_name<AttemptOutcome>() {
  return kOutcome;
}
template <>
std::span<const std::string_view> every_name<WaitingFor>() {
  return kWaiting;
}
template <>
std::span<const std::string_view> every_name<OnUncertain>() {
  return kOnUncertain;
}
template <>
std::span<const std::string_view> every_name<Failure>() {
  return kFailure;
}

template <>
std::string all_names<JobStatus>() {
  return joined(kStatus);
}
template <>
std::string all_names<OnUncertain>() {
  return joined(kOnUncertain);
}

template <>
std::optional<JobStatus> named(std::string_view text) {
  return find<JobStatus>(kStatus, text);
}
template <>
std::optional<RecipientStatus> named(std::string_view text) {
  return find<RecipientStatus>(kRecipient, text);
}
template <>
std::optional<AttemptOutcome> named(std::string_view text) {
  return find<AttemptOutcome>(kOutcome, text);
}
template <>
std::optional<WaitingFor> named(std::string_view text) {
  return find<WaitingFor>(kWaiting, text);
}
template <>
std::optional<OnUncertain> named(std::string_view text) {
  return find<OnUncertain>(kOnUncertain, text);
}
template <>
std::optional<Failure> named(std::string_view text) {
  return find<Failure>(kFailure, text);
}

}  // namespace jobd
