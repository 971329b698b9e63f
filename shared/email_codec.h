// The parameters of an email, JSON -> Email and back; shared by the codec's files.
#pragma once

#include <cstdint>

#include "shared/codec.h"
#include "shared/object_reader.h"

namespace jobd {

// A store has what was taken by the rules of its day.
enum class Origin : std::uint8_t { request, store };

// Reads the email's parameters from `fields`; what is wrong becomes the reader's error.
Email read_email(ObjectReader& fields, const CodecLimits& limits, Origin origin = Origin::request);

// Writes them, only what is set, under the same names.
void write_email(const Email& email, OrderedJson& out);

}  // namespace jobd
