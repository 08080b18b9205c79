"""Checks that a file is as torch.save writes it, by Python's zipfile and pickletools: check_torch_archive.py FILE

What torch.load(weights_only=True) demands: entries stored and aligned, a byte order and a version, a pickle that
names nothing but _rebuild_tensor_v2, OrderedDict and storage types, storages under decimal numbers whose entries
have as many bytes as their elements take.
"""
import pickletools
import sys
import zipfile

WIDTHS = {"FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8}
KNOWN = {"torch._utils _rebuild_tensor_v2", "collections OrderedDict"} | {"torch " + name for name in WIDTHS}

archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None, "an entry's checksum is wrong"
sizes = {info.filename: info.file_size for info in archive.infolist()}
root = archive.infolist()[0].filename.split("/")[0]
assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist()), "an entry is compressed"
assert archive.read(f"{root}/version") == b"3\n" and archive.read(f"{root}/byteorder") == b"little"

keys, tensors, recent = {}, 0, []
for opcode, value, _ in pickletools.genops(archive.read(f"{root}/data.pkl")):
    if opcode.name == "GLOBAL":
        assert value in KNOWN, f"the pickle names {value}"
        tensors += value.endswith("_rebuild_tensor_v2")
    if opcode.name == "BINPERSID":
        # ("storage", type, key, location, elements)
        kind, storage, key, location, elements = recent[-5:]
        assert kind == "storage" and location == "cpu", recent[-5:]
        assert key.isdecimal(), f"the storage {key} has no number"
        keys[key] = elements * WIDTHS[storage.split(" ")[1]]
    if value is not None:
        recent.append(value)

for key, size in keys.items():
    assert sizes[f"{root}/data/{key}"] == size, f"{key}: {sizes[f'{root}/data/{key}']} bytes are not {size}"
assert sorted(map(int, keys)) == list(range(len(keys))), "a number is missing"
assert len(keys) == sum(name.startswith(f"{root}/data/") for name in sizes), "an entry belongs to no storage"
print(f"{tensors} tensors in {len(keys)} storages")
