#include "cmd/suggest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace jobd::cmd {
namespace {

// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, one each.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.find_first_not_of('-') == std::string_view::npos || word.size() > 40) return {};
  const auto prefixed = std::ranges::find_if(candidates, [=](auto c) { return c.starts_with(word); });
  if (prefixed != candidates.end()) return *prefixed;
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : candidates) {
    const std::size_t away = distance(word, candidate);
    if (away * 3 > candidate.size() || (!best.empty() && away >= best_distance)) continue;
    best = candidate;
    best_distance = away;
  }
  return best;
}

}  // namespace jobd::cmd
