#include "shared/job_id.h"

#include <algorithm>
#include <array>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace jobd {
namespace {

constexpr std::uint64_t kRandomMask = (std::uint64_t{1} << 62) - 1;

std::uint64_t big_endian(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | bytes[i];
  return value;
}

void put_big_endian(std::uint64_t value, std::uint8_t* bytes) {
  for (int i = 7; i >= 0; --i, value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

JobId JobId::from_parts(std::int64_t seq, std::uint64_t random) {
  const auto bits = static_cast<std::uint64_t>(seq);
  boost::uuids::uuid uuid;
  put_big_endian(((bits >> 12) << 16) | 0x7000U | (bits & 0xfffU), uuid.data);
  put_big_endian((std::uint64_t{2} << 62) | (random & kRandomMask), uuid.data + 8);
  return JobId(uuid);
}

std::optional<JobId> JobId::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  boost::uuids::uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (text[at++] != '-') return std::nullopt;
    }
    const auto high = hex_digit(text[at]);
    const auto low = hex_digit(text[at + 1]);
    if (!high || !low) return std::nullopt;
    uuid.data[i] = static_cast<std::uint8_t>(*high * 16 + *low);
    at += 2;
  }
  if ((uuid.data[6] >> 4) != 7 || (uuid.data[8] >> 6) != 2) return std::nullopt;
  return JobId(uuid);
}

std::int64_t JobId::seq() const {
  const std::uint64_t high = big_endian(uuid_.data);
  return static_cast<std::int64_t>(((high >> 16) << 12) | (high & 0xfffU));
}

std::int64_t JobId::random() const {
  return static_cast<std::int64_t>(big_endian(uuid_.data + 8) & kRandomMask);
}

Time JobId::made_at() const {
  return Time(Duration(seq() >> 12));
}

std::string JobId::text() const {
  return boost::uuids::to_string(uuid_);
}

JobId JobIdMaker::next(Time now, std::uint64_t random) {
  const std::int64_t by_clock = now.time_since_epoch().count() << 12;
  last_seq_ = std::max(by_clock, last_seq_ + 1);
  return JobId::from_parts(last_seq_, random);
}

boost::uuids::uuid digest(std::string_view kind, std::string_view text) {
  static constexpr boost::uuids::uuid kNamespace = {
      {0x6a, 0x6f, 0x62, 0x64, 0x2d, 0x64, 0x49, 0x67, 0xa5, 0x74, 0x2d, 0x6b, 0x69, 0x6e, 0x64, 0x73}};
  const boost::uuids::name_generator_sha1 of_kind(kNamespace);
  const boost::uuids::name_generator_sha1 of_text(of_kind(kind.data(), kind.size()));
  return of_text(text.data(), text.size());
}

}  // namespace jobd
