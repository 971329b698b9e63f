// What the fuzz targets share. A target is a function of its input alone, no clock, no chance, so that an input that
// broke a promise once breaks it always. Inputs are kept as they are meant, as lines or requests, with nothing in front
// that would steer the target: whatever a target varies beside them follows from their bytes.
//
// Each target is built twice: tests/fuzz/replay.cpp gives it the kept corpus, in every tree; with JOBD_FUZZ libFuzzer
// looks for inputs that are not in it yet. See tests/fuzz/run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// The entry that libFuzzer asks for; returns 0. Aborts on a broken promise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace jobd::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// promise: what does not hold; shown: what to look at.
inline void expect(bool holds, const char* promise, std::string_view shown = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
  std::fputc('\n', stderr);
  std::abort();
}

inline void expect_equal(std::string_view found, std::string_view wanted, const char* promise) {
  if (found == wanted) return;
  expect(false, promise, "found:  " + std::string(found) + "\nwanted: " + std::string(wanted));
}

// Numbers that follow from the bytes and a variant (splitmix64).
class Chance {
 public:
  Chance(std::string_view bytes, std::uint64_t variant) : state_(std::hash<std::string_view>{}(bytes) ^ variant) {}

  std::uint64_t below(std::uint64_t n) {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % n;
  }

 private:
  std::uint64_t state_;
};

// How a network may hand bytes over.
enum class Cut : std::uint8_t { whole, bytes, few, many };

// Calls use with each piece in turn, none of them empty, until it returns false.
template <typename Use>
void in_pieces(std::string_view bytes, Cut cut, Use use) {
  Chance chance(bytes, static_cast<std::uint64_t>(cut));
  while (!bytes.empty()) {
    std::size_t n = bytes.size();
    if (cut == Cut::bytes) n = 1;
    if (cut == Cut::few) n = 1 + chance.below(bytes.size());
    if (cut == Cut::many) n = 1 + chance.below(std::min<std::size_t>(bytes.size(), 12));
    if (!use(bytes.substr(0, n))) return;
    bytes.remove_prefix(n);
  }
}

}  // namespace jobd::fuzz
