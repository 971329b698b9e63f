#include "cmd/content_type.h"

#include <algorithm>
#include <array>

#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

struct Row {
  std::string_view ending;
  std::string_view type;
};
// Text goes out as the bytes it is, so no charset is claimed for it.
constexpr std::array kRows{
    Row{"txt", "text/plain"},
    Row{"log", "text/plain"},
    Row{"md", "text/markdown"},
    Row{"csv", "text/csv"},
    Row{"tsv", "text/tab-separated-values"},
    Row{"html", "text/html"},
    Row{"htm", "text/html"},
    Row{"css", "text/css"},
    Row{"ics", "text/calendar"},
    Row{"vcf", "text/vcard"},
    Row{"xml", "application/xml"},
    Row{"json", "application/json"},
    Row{"yaml", "application/yaml"},
    Row{"yml", "application/yaml"},
    Row{"pdf", "application/pdf"},
    Row{"ps", "application/postscript"},
    Row{"rtf", "application/rtf"},
    Row{"doc", "application/msword"},
    Row{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Row{"xls", "application/vnd.ms-excel"},
    Row{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Row{"ppt", "application/vnd.ms-powerpoint"},
    Row{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Row{"odt", "application/vnd.oasis.opendocument.text"},
    Row{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    Row{"odp", "application/vnd.oasis.opendocument.presentation"},
    Row{"zip", "application/zip"},
    Row{"gz", "application/gzip"},
    Row{"tgz", "application/gzip"},
    Row{"bz2", "application/x-bzip2"},
    Row{"xz", "application/x-xz"},
    Row{"zst", "application/zstd"},
    Row{"tar", "application/x-tar"},
    Row{"7z", "application/x-7z-compressed"},
    Row{"png", "image/png"},
    Row{"jpg", "image/jpeg"},
    Row{"jpeg", "image/jpeg"},
    Row{"gif", "image/gif"},
    Row{"webp", "image/webp"},
    Row{"svg", "image/svg+xml"},
    Row{"tiff", "image/tiff"},
    Row{"mp3", "audio/mpeg"},
    Row{"wav", "audio/wav"},
    Row{"ogg", "audio/ogg"},
    Row{"mp4", "video/mp4"},
    Row{"webm", "video/webm"},
};

}  // namespace

std::string_view content_type_of(std::string_view filename) {
  const std::size_t dot = filename.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string_view ending = filename.substr(dot + 1);
  const auto* row = std::ranges::find_if(kRows, [=](const Row& r) { return equal_ignoring_case(r.ending, ending); });
  return row == kRows.end() ? std::string_view() : row->type;
}

}  // namespace jobd::cmd
