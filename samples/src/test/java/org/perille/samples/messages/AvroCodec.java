package org.perille.samples.messages;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.perille.Codec;

/** Avro records. Each version of the codec is a version of the schema. */
record AvroCodec(String name, int version, Map<Integer, Schema> schemas)
    implements Codec<GenericRecord> {
  @Override
  public Class<GenericRecord> type() {
    return GenericRecord.class;
  }

  @Override
  public byte[] encode(GenericRecord message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(schemas.get(version)).write(message, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  @Override
  public GenericRecord decode(byte[] bytes, int writtenVersion) throws IOException {
    return new GenericDatumReader<GenericRecord>(schemas.get(writtenVersion), schemas.get(version))
        .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
  }
}
