// LineReader: however the bytes of a stream come, its lines are the same, and a line over the limit is never given.
#include <array>
#include <string>
#include <vector>

#include "shared/framing.h"
#include "tests/fuzz/target.h"

namespace jobd::fuzz {
namespace {

struct Reading {
  std::vector<std::string> lines;
  std::string rest;
  bool overflowed = false;
};

// The rule of shared/framing.h written down a second time, for the whole stream at once.
Reading wanted(std::string_view bytes, std::size_t line_bytes_max) {
  Reading reading;
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line.size() > line_bytes_max) {
      reading.overflowed = true;
      return reading;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) reading.lines.emplace_back(line);
  }
  reading.overflowed = bytes.size() > line_bytes_max;
  if (!reading.overflowed) reading.rest = bytes;
  return reading;
}

void take(LineReader& reader, Reading& into) {
  while (const auto line = reader.next()) into.lines.emplace_back(*line);
  into.overflowed = reader.overflowed();
}

// As a connection reads: now and then several pieces come before anybody looks for lines.
Reading read(std::string_view bytes, std::size_t line_bytes_max, Cut cut) {
  LineReader reader(line_bytes_max);
  Reading reading;
  Chance chance(bytes, line_bytes_max);
  in_pieces(bytes, cut, [&](std::string_view piece) {
    const std::span<char> room = reader.prepare(piece.size() + chance.below(3));
    expect(room.size() >= piece.size(), "prepare gives the room that was asked for");
    std::ranges::copy(piece, room.begin());
    reader.commit(piece.size());
    if (chance.below(4) != 0) take(reader, reading);
    if (chance.below(4) == 0) reader.shrink();
    return !reading.overflowed;
  });
  take(reader, reading);
  if (!reading.overflowed) reading.rest = reader.rest();
  return reading;
}

std::string shown(const Reading& reading) {
  std::string out;
  for (const std::string& line : reading.lines) out += '|' + line + "|\n";
  return out + "rest |" + reading.rest + (reading.overflowed ? "| overflowed" : "|");
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd::fuzz;
  const std::string_view bytes = text_of(data, size);
  for (const std::size_t line_bytes_max : {1U, 16U, 4096U}) {
    const std::string right = shown(wanted(bytes, line_bytes_max));
    for (const Cut cut : {Cut::whole, Cut::bytes, Cut::few, Cut::many}) {
      expect_equal(shown(read(bytes, line_bytes_max, cut)), right,
                   "the lines are those of the stream, however it comes");
    }
  }
  return 0;
}
