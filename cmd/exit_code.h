// What jobctl tells the script that ran it: the codes of the errors (shared/error, in the numbers of
// sysexits.h), and beside them what became of a job that was waited for.
#pragma once

#include <string>

#include "shared/error.h"
#include "shared/job.h"

namespace jobd::cmd {

inline constexpr int kDone = 0;          // with --wait: delivered to all
inline constexpr int kUnsuccessful = 1;  // the awaited job failed, expired or was cancelled, nothing of it delivered
inline constexpr int kPartly = 3;        // delivered to some, or in doubt: a person should look
inline constexpr int kUnfinished = 4;    // accepted, but not at its end when --wait ran out or jobd stopped
inline constexpr int kUsage = 64;        // a command line that cannot be understood
inline constexpr int kBadData = 65;      // understood, but with a value that nobody can take
inline constexpr int kNoInput = 66;      // a file cannot be read
inline constexpr int kSoftware = 70;     // a bug in jobctl
inline constexpr int kOutput = 74;       // the answer could not be written
inline constexpr int kUnavailable = 75;  // not accepted, or unknown whether: safe to repeat

// Why jobctl itself goes no further. For stderr: lines without control characters where they are shown.
struct Refusal {
  int exit_code;
  std::string message;
};

int exit_code(const Error& error);

// Of a job as it stands when the waiting ends.
int exit_code_awaited(const Job& job);

// Of several ids the worst counts: the largest number, so that a job that failed (1) never hides a daemon
// that is gone (75).
constexpr int worse(int a, int b) {
  return a > b ? a : b;
}

}  // namespace jobd::cmd
