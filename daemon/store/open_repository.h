// The door to the store: a URL becomes the repository behind it. `sqlite:PATH` is a database file, durable;
// `memory:` is the same engine without a file, for tries and tests: it forgets all at its end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/core/repository.h"
#include "shared/clock.h"
#include "shared/limits.h"

namespace jobd {

struct StoreSettings {
  std::string url;  // sqlite:PATH or memory:
  RetryPolicy retry;
  std::uint64_t max_queued_jobs = limits::kQueuedJobs;
  std::uint64_t min_free_space_bytes = limits::kMinFreeSpaceBytes;
};

// Called when a flush failed and what is on disk is therefore unknown. Does not return: it ends the process (tests
// throw; the repository must then be thrown away).
using FatalHandler = std::function<void(std::string message)>;

// Takes the store's lock (PATH.lock, before it touches anything else), creates what is missing (the database 0600, its
// directory 0700, one level), brings the schema up to date. The clock must outlive the repository.
// Errors: busy when another process holds the store (the message names its pid), unavailable, storage_full,
// invalid_field for a bad URL, internal for a database that a newer jobd wrote or that is none of ours.
Result<std::unique_ptr<Repository>> open_repository(const StoreSettings& settings, const Clock& clock,
                                                    FatalHandler fatal);

}  // namespace jobd
