#include "daemon/store/content_table.h"

#include <algorithm>

namespace jobd::store {

ContentTable::ContentTable(Database& database)
    : insert_(database, "INSERT INTO content(seq, chunk, body) VALUES (?, ?, ?)"),
      read_(database, "SELECT body FROM content WHERE seq = ? ORDER BY chunk"),
      remove_(database, "DELETE FROM content WHERE seq = ?"),
      put_upload_(database, "INSERT OR REPLACE INTO upload(seq, rnd, chunks) VALUES (?, ?, ?)"),
      remove_upload_(database, "DELETE FROM upload WHERE seq = ?"),
      all_uploads_(database, "SELECT seq, rnd, chunks FROM upload") {}

void ContentTable::load() {
  uploads_.clear();
  Cursor row = all_uploads_.query();
  while (row.next()) uploads_[row.integer(0)] = {row.integer(1), static_cast<std::uint32_t>(row.integer(2))};
}

bool ContentTable::upload(const JobId& id, std::uint32_t index, std::string_view bytes) {
  const Upload* upload = find(id);
  const std::uint32_t known = upload != nullptr ? upload->chunks : 0;
  if (index != known) return index < known;
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
  insert_.run(id.seq(), chunks, Blob{last_piece});
  if (find(id) == nullptr) return;
  remove_upload_.run(id.seq());
  uploads_.erase(id.seq());
}

void ContentTable::drop_upload(const JobId& id) {
  if (find(id) == nullptr) return;
  remove_.run(id.seq());
  remove_upload_.run(id.seq());
  uploads_.erase(id.seq());
}

std::size_t ContentTable::sweep_uploads() {
  const std::size_t count = uploads_.size();
  for (const auto& [seq, upload] : uploads_) {
    remove_.run(seq);
    remove_upload_.run(seq);
  }
  uploads_.clear();
  return count;
}

std::int64_t ContentTable::largest_upload_seq() {
  std::int64_t largest = 0;
  for (const auto& [seq, upload] : uploads_) largest = std::max(largest, seq);
  return largest;
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
