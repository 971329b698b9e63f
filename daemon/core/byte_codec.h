// The primitives of what is kept as bytes, records and contents: varints, texts, lists, enumerators.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jobd {

class ByteWriter {
 public:
  // bytes: that will be about enough.
  explicit ByteWriter(std::uint8_t version, std::size_t bytes = 128) {
    out_.reserve(bytes);
    out_.push_back(static_cast<char>(version));
  }

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }
  void signed_number(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what ByteWriter wrote. Whatever is wrong with the bytes makes failed() true for good, and zeros and empty
// texts of all that follows: a caller looks once, at the end.
class ByteReader {
 public:
  // Of a version from 1 to the last one that is known.
  explicit ByteReader(std::string_view bytes, std::uint8_t last_version) : rest_(bytes) {
    version_ = rest_.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(rest_.front());
    failed_ = version_ == 0 || version_ > last_version;
    if (!failed_) rest_.remove_prefix(1);
  }

  std::uint8_t version() const { return version_; }

  std::uint64_t number();
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  // A number no larger than max.
  std::uint64_t number_to(std::uint64_t max) {
    const std::uint64_t value = number();
    if (value <= max) return value;
    failed_ = true;
    return 0;
  }
  // How many items follow: never more than there are bytes left, so that a damaged count costs no memory.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value <= rest_.size()) return static_cast<std::size_t>(value);
    failed_ = true;
    return 0;
  }
  std::string text() {
    const std::size_t size = count();
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  template <typename E>
  E enumerator(E last) {
    return static_cast<E>(number_to(static_cast<std::uint64_t>(last)));
  }
  int small_number() { return static_cast<int>(number_to(0x7fffffff)); }
  std::uint32_t number_32() { return static_cast<std::uint32_t>(number_to(0xffffffff)); }

  bool failed() const { return failed_; }
  bool whole() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  std::uint8_t version_ = 0;
  bool failed_ = false;
};

inline std::uint64_t ByteReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !failed_; shift += 7) {
    if (rest_.empty() || shift > 63) break;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return value;
  }
  failed_ = true;
  return 0;
}

}  // namespace jobd
