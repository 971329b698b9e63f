// Contents, in pieces, and the uploads that bring large ones piece by piece before their job.
//
// What is no longer wanted goes the way it came: to free 25 MB takes SQLite 15 ms, so that anything but a small content
// is only marked, in the table of the uploads, and dropped some pieces at a time between turns.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "daemon/store/database.h"
#include "shared/job_id.h"

namespace jobd::store {

class ContentTable {
 public:
  explicit ContentTable(Database& database);

  // What is known of the uploads without asking: read anew, after the start and after a rollback.
  void load();

  // True when the piece is kept, or was before: pieces come in order from 0. False for one that leaves a gap.
  // Precondition: no job has this id.
  bool upload(const JobId& id, std::uint32_t index, std::string_view bytes);
  bool uploading(const JobId& id) const { return find(id) != nullptr; }
  // Whether exactly `chunks` pieces of it are here.
  bool has(const JobId& id, std::uint32_t chunks) const;
  // The last piece, index `chunks`; ends the upload. Precondition: has(id, chunks).
  void complete(const JobId& id, std::uint32_t chunks, std::string_view last_piece);
  // Of a job that is gone.
  void drop(const JobId& id);
  // An upload whose submit came to nothing.
  void drop_upload(const JobId& id);
  // All of them; how many.
  std::size_t sweep_uploads();
  // Of those that are being dropped, too.
  std::int64_t largest_upload_seq();

  // Whether pieces are left to drop; drops the next limits::kDroppedChunks of them.
  bool dropping() const { return !dropped_.empty(); }
  void drop_some();

  std::shared_ptr<const std::string> read(std::int64_t seq);

 private:
  struct Upload {
    std::int64_t random = 0;
    std::uint32_t chunks = 0;
  };
  // nullptr: none of this id.
  const Upload* find(const JobId& id) const;
  void mark_dropped(std::int64_t seq, Upload pieces);
  void make_room(std::int64_t seq);

  // By seq.
  std::unordered_map<std::int64_t, Upload> uploads_;
  std::map<std::int64_t, Upload> dropped_;  // chunks: those still here
  Statement insert_;
  Statement read_;
  Statement last_;
  Statement remove_;
  Statement put_upload_;
  Statement remove_upload_;
  Statement all_uploads_;
  Statement sweep_uploads_;
};

}  // namespace jobd::store
