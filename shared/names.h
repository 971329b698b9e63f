// The wire names of the enumerations in job.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared/job.h"

namespace jobd {

std::string_view name(JobStatus value);
std::string_view name(RecipientStatus value);
std::string_view name(AttemptOutcome value);
std::string_view name(WaitingFor value);
std::string_view name(OnUncertain value);
std::string_view name(Failure value);

// All of them, in the order of the enumerators; E is one of the enumerations above.
template <typename E>
std::span<const std::string_view> every_name();

// "pending, processing, ...": for messages; E is one that requests name.
template <typename E>
std::string all_names();

// The value with that name; E is one of the enumerations above.
template <typename E>
std::optional<E> named(std::string_view text);

}  // namespace jobd
