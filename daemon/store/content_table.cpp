#include "daemon/store/content_table.h"

#include <algorithm>

#include "shared/limits.h"

namespace jobd::store {
namespace {

// As quick to drop as to mark.
constexpr std::int64_t kSmallBytes = 16L << 10;

}  // namespace

ContentTable::ContentTable(Database& database)
    : insert_(database, "INSERT INTO content(seq, chunk, body) VALUES (?, ?, ?)"),
      read_(database, "SELECT body FROM content WHERE seq = ? ORDER BY chunk"),
      last_(database, "SELECT chunk, length(body) FROM content WHERE seq = ? ORDER BY chunk DESC LIMIT 1"),
      remove_(database, "DELETE FROM content WHERE seq = ? AND chunk >= ?"),
      put_upload_(database, "INSERT OR REPLACE INTO upload(seq, rnd, chunks) VALUES (?, ?, ?)"),
      remove_upload_(database, "DELETE FROM upload WHERE seq = ?"),
      all_uploads_(database, "SELECT seq, rnd, chunks FROM upload"),
      sweep_uploads_(database, "UPDATE upload SET chunks = -chunks WHERE chunks > 0") {}

void ContentTable::load() {
  uploads_.clear();
  dropped_.clear();
  Cursor row = all_uploads_.query();
  while (row.next()) {
    const std::int64_t chunks = row.integer(2);
    if (chunks > 0) uploads_[row.integer(0)] = {row.integer(1), static_cast<std::uint32_t>(chunks)};
    if (chunks < 0) dropped_[row.integer(0)] = {row.integer(1), static_cast<std::uint32_t>(-chunks)};
  }
}

bool ContentTable::upload(const JobId& id, std::uint32_t index, std::string_view bytes) {
  const Upload* upload = find(id);
  const std::uint32_t known = upload != nullptr ? upload->chunks : 0;
  if (index != known) return index < known;
  if (known == 0) make_room(id.seq());
  insert_.run(id.seq(), index, Blob{bytes});
  put_upload_.run(id.seq(), id.random(), index + 1);
  uploads_[id.seq()] = {id.random(), index + 1};
  return true;
}

bool ContentTable::has(const JobId& id, std::uint32_t chunks) const {
  const Upload* upload = find(id);
  return chunks == (upload != nullptr ? upload->chunks : 0);
}

void ContentTable::complete(const JobId& id, std::uint32_t chunks, std::string_view last_piece) {
  if (chunks == 0) make_room(id.seq());
  insert_.run(id.seq(), chunks, Blob{last_piece});
  if (find(id) == nullptr) return;
  remove_upload_.run(id.seq());
  uploads_.erase(id.seq());
}

void ContentTable::drop(const JobId& id) {
  std::uint32_t chunks = 0;
  std::int64_t last_bytes = 0;
  {
    Cursor last = last_.query(id.seq());
    if (!last.next()) return;
    chunks = static_cast<std::uint32_t>(last.integer(0)) + 1;
    last_bytes = last.integer(1);
  }
  if (chunks == 1 && last_bytes <= kSmallBytes) {
    remove_.run(id.seq(), 0);
  } else {
    mark_dropped(id.seq(), {id.random(), chunks});
  }
}

void ContentTable::drop_upload(const JobId& id) {
  const Upload* upload = find(id);
  if (upload == nullptr) return;
  mark_dropped(id.seq(), *upload);
  uploads_.erase(id.seq());
}

std::size_t ContentTable::sweep_uploads() {
  const std::int64_t swept = sweep_uploads_.run();
  load();
  return static_cast<std::size_t>(swept);
}

std::int64_t ContentTable::largest_upload_seq() {
  std::int64_t largest = dropped_.empty() ? 0 : dropped_.rbegin()->first;
  for (const auto& [seq, upload] : uploads_) largest = std::max(largest, seq);
  return largest;
}

void ContentTable::mark_dropped(std::int64_t seq, Upload pieces) {
  put_upload_.run(seq, pieces.random, -static_cast<std::int64_t>(pieces.chunks));
  dropped_[seq] = pieces;
}

void ContentTable::drop_some() {
  for (std::size_t left = limits::kDroppedChunks; left > 0 && dropping();) {
    const auto first = dropped_.begin();
    const std::int64_t seq = first->first;
    Upload pieces = first->second;
    const auto now = static_cast<std::uint32_t>(std::min<std::size_t>(left, pieces.chunks));
    pieces.chunks -= now;
    left -= now;
    remove_.run(seq, pieces.chunks);
    if (pieces.chunks > 0) {
      mark_dropped(seq, pieces);
    } else {
      remove_upload_.run(seq);
      dropped_.erase(first);
    }
  }
}

// For a content whose predecessor of the same id is still being dropped: a submit that came to nothing, come again.
void ContentTable::make_room(std::int64_t seq) {
  if (dropped_.erase(seq) == 0) return;
  remove_.run(seq, 0);
  remove_upload_.run(seq);
}

std::shared_ptr<const std::string> ContentTable::read(std::int64_t seq) {
  auto content = std::make_shared<std::string>();
  Cursor row = read_.query(seq);
  while (row.next()) content->append(row.bytes(0));
  return content;
}

const ContentTable::Upload* ContentTable::find(const JobId& id) const {
  const auto found = uploads_.find(id.seq());
  return found != uploads_.end() && found->second.random == id.random() ? &found->second : nullptr;
}

}  // namespace jobd::store
