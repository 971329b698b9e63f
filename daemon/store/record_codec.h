// A job's row holds what SQL must see in columns and everything else in two blobs: the envelope, fixed at
// acceptance, and the progress, written again at every transition.
//
// Format: one version byte, then the fields in the order of the .cpp. Numbers are varints (7 bits a byte, low first;
// signed ones zigzag), texts a length and the bytes, lists a count and the items, times the distance in milliseconds to
// created_at (the envelope's own created_at: to the id's time), since most lie near it and then take one to four bytes.
// A later version may only append fields: readers of version n+1 read n as well, for ever. Written is the lowest one
// that says all there is to say: 2 of the envelope for a job that asks for notifications, 2 of the progress for one of
// several parts, 1 for all others. Rejected: JSON (larger, and parsed at every claim), a column per field (each costs a
// place in the row's header and a call to read it).
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/record.h"

namespace jobd::store {

std::string encode_envelope(const Record& record);
std::string encode_progress(const Record& record);

// Fill in what the encoders took. False: the blob is damaged or of a version this program does not know; record is
// then half filled. decode_envelope needs record.id, decode_progress what decode_envelope gave.
bool decode_envelope(std::string_view blob, Record& record);
bool decode_progress(std::string_view blob, Record& record);

}  // namespace jobd::store
