// The pieces that what a person sees is laid out of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cmd/console.h"
#include "shared/job.h"

namespace jobd::cmd {

inline constexpr std::size_t kStateColumns = 10;  // of the longest state's name

// The text and blanks up to so many columns.
std::string padded(std::string text, std::size_t columns);
// A line of "Label      value".
void line(std::string& out, std::string_view label, const std::string& value);

std::string to_second(Time time);           // "2026-03-01 12:00:00"
std::string distance(Time time, Time now);  // "in 4m 12s", "3s ago", "now"
std::string moment(Time time, Time now);    // "2026-03-01 12:00:00 UTC (3s ago)"

std::string grouped(std::uint64_t number);                         // "1,234,567"
std::string count_of(std::uint64_t count, std::string_view what);  // "1 recipient", "1,000 recipients"
std::string bytes_of(std::uint64_t count);                         // "25 MiB", "1.5 KiB"

// A server's reply with its codes in front, where its text does not begin with them; printable.
std::string with_codes(int smtp_code, const std::string& enhanced_code, const std::string& text);

// Recipients that have the email.
std::size_t delivered(const Job& job);
// Where a completed job ended, by the relay its history ends with.
enum class Route : std::uint8_t { relay, maildir, simulate };
Route route_of(const Job& job);

enum class Color : std::uint8_t { none, red, green, yellow, dim };
Color color_of(JobStatus status);
Color color_of(RecipientStatus status);
Color color_of_relay(std::string_view state);
// Where the screen has colours; else the text as it is.
std::string painted(const Screen& screen, Color color, const std::string& text);

}  // namespace jobd::cmd
