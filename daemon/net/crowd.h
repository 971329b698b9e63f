// Crowd: who is in at a door, and so whether one more may come in. One user never takes all places, so that the others,
// and who looks what is the matter, still find one.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "shared/limits.h"

namespace jobd {

// Connections that are served at once.
struct DoorLimits {
  std::size_t connections;
  std::size_t connections_per_uid;  // where it is known whose they are: on a Unix socket
};

// Own thread only.
class Crowd {
 public:
  enum class Entry : std::uint8_t {
    served,
    refused,         // there are too many; it is heard for a moment, to be told so
    refused_of_uid,  // its user has too many; likewise
    unheard,         // too many are being told so already; it is not in
  };

  explicit Crowd(DoorLimits limits) : limits_(limits) {}

  // uid: none where nobody knows.
  Entry enter(std::optional<uid_t> uid) {
    const bool all_taken = served_ >= limits_.connections;
    if (all_taken || has_all(uid)) {
      if (refused_ >= limits::kRefusedConnections) return Entry::unheard;
      ++refused_;
      return all_taken ? Entry::refused : Entry::refused_of_uid;
    }
    ++served_;
    if (uid) ++served_of_[*uid];
    return Entry::served;
  }

  // entry: what it was given, and not unheard.
  void leave(std::optional<uid_t> uid, Entry entry) {
    if (entry != Entry::served) {
      --refused_;
      return;
    }
    --served_;
    if (uid && --served_of_[*uid] == 0) served_of_.erase(*uid);
  }

 private:
  bool has_all(std::optional<uid_t> uid) const {
    if (!uid) return false;
    const auto found = served_of_.find(*uid);
    return (found == served_of_.end() ? 0 : found->second) >= limits_.connections_per_uid;
  }

  const DoorLimits limits_;
  std::size_t served_ = 0;
  std::size_t refused_ = 0;
  std::unordered_map<uid_t, std::size_t> served_of_;
};

}  // namespace jobd
