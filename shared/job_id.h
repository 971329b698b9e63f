// JobId: a UUID version 7 (RFC 9562 5.7). Its top bits, 48 of Unix milliseconds and the 12 of rand_a used
// as a counter, are one ascending number, seq: the store's key, so that a submit always appends. The
// other 62 are random, so that an id cannot be guessed from another.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shared/clock.h"

namespace jobd {

class JobId {
 public:
  JobId() = default;  // the nil UUID: no job's
  // seq: 60 bits; random: the low 62 bits count.
  static JobId from_parts(std::int64_t seq, std::uint64_t random);
  // The canonical 36 characters, in either case. None for what is no UUID of version 7.
  static std::optional<JobId> parse(std::string_view text);

  std::int64_t seq() const;
  std::int64_t random() const;  // the low 62 bits, never negative
  Time made_at() const;         // to the millisecond, as its maker's clock said
  std::string text() const;     // 36 characters, lower case
  const boost::uuids::uuid& uuid() const { return uuid_; }

  friend bool operator==(const JobId&, const JobId&) = default;
  friend bool operator<(const JobId& a, const JobId& b) { return a.uuid_ < b.uuid_; }

 private:
  explicit JobId(const boost::uuids::uuid& uuid) : uuid_(uuid) {}
  boost::uuids::uuid uuid_{};
};

// Makes ids that ascend even when the clock stands still or goes back. Own thread only.
class JobIdMaker {
 public:
  // Starts above seq_floor: the largest seq the store has ever held.
  explicit JobIdMaker(std::int64_t seq_floor = 0) : last_seq_(seq_floor) {}
  JobId next(Time now, std::uint64_t random);

 private:
  std::int64_t last_seq_;
};

// 16 bytes of SHA-1 as a UUID version 5: how texts of any length are compared (request fingerprints, foreign
// idempotency keys). Equal texts of one kind give equal digests; the kind keeps them apart from other kinds'.
boost::uuids::uuid digest(std::string_view kind, std::string_view text);

}  // namespace jobd

template <>
struct std::hash<jobd::JobId> {
  std::size_t operator()(const jobd::JobId& id) const noexcept {
    return static_cast<std::size_t>(id.random()) ^ static_cast<std::size_t>(id.seq());
  }
};
