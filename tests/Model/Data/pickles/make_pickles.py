#!/usr/bin/env python3
"""Makes files as torch.save makes them, with CPython's own pickler and no PyTorch: python3 make_pickles.py (in this folder).

tensors.bin: several types, views of one storage, a transposed view, a parameter, an empty tensor, attributes on the dictionary.
unaligned.bin: a storage that does not lie at a multiple of its element size.
legacy.bin: tensors.bin as torch.save wrote it before 1.6: pickles after each other, then the storages.
zip64.bin: tensors.bin with the 64-bit fields that archives beyond 4 GB have.
call.bin: a pickle that would run a command.   storage-missing.bin, too-long.bin: damaged.   compressed.bin: deflated.
"""
import collections, io, pickle, struct, sys, types, zipfile

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


def named(module, name, value):
    value.__module__, value.__qualname__, value.__name__ = module.__name__, name, name
    setattr(module, name, value)
    return value


rebuild = named(utils, "_rebuild_tensor_v2", lambda *arguments: None)
rebuild_parameter = named(utils, "_rebuild_parameter", lambda *arguments: None)
TYPES = {name: named(torch, name, type(name, (), {})) for name in ["FloatStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "DoubleStorage"]}


class Storage:
    def __init__(self, kind, key, elements):
        self.id = ("storage", TYPES[kind], key, "cpu", elements)


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.arguments = (storage, offset, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return rebuild, self.arguments


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return rebuild_parameter, (self.tensor, True, collections.OrderedDict())


class Call:
    def __reduce__(self):
        return __import__("os").system, ("echo this must not run",)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


def save(path, value, storages, protocol=2, compression=zipfile.ZIP_STORED, align=64, shift=0):
    program = io.BytesIO()
    Pickler(program, protocol).dump(value)
    with zipfile.ZipFile(path, "w", compression) as archive:
        def put(name, data):
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            if align:
                start = archive.fp.tell() + 30 + len(name)
                fill = (shift - start - 4) % align
                info.extra = struct.pack("<HH", 0x4246, fill) + b"Z" * fill
            archive.writestr(info, data)
        put("archive/data.pkl", program.getvalue())
        put("archive/byteorder", b"little")
        for key, data in storages.items():
            put(f"archive/data/{key}", data)
        put("archive/version", b"3\n")


def save_legacy(path, value, storages):
    with open(path, "wb") as file:
        for start in (0x1950a86a20f9469cfc6c, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(start, file, 2)
        pickler = Pickler(file, 2)
        pickler.persistent_id = lambda value: (*value.id, None) if isinstance(value, Storage) else None
        pickler.dump(value)
        pickle.dump(sorted(storages), file, 2)
        for key in sorted(storages):
            file.write(struct.pack("<q", LENGTHS[key]) + storages[key])


def widen(source, path):
    """The same archive with every size and place of its directory in 64-bit fields."""
    data = open(source, "rb").read()
    end = data.rindex(b"PK\5\6")
    count, _, start = struct.unpack_from("<HII", data, end + 10)
    directory, at = b"", start
    for _ in range(count):
        name, extra = struct.unpack_from("<HH", data, at + 28)
        stored, size = struct.unpack_from("<II", data, at + 20)
        place, = struct.unpack_from("<I", data, at + 42)
        wide = struct.pack("<HHQQQ", 1, 24, size, stored, place)
        record = bytearray(data[at:at + 46 + name + extra])
        struct.pack_into("<II", record, 20, 0xffffffff, 0xffffffff)
        struct.pack_into("<H", record, 30, extra + len(wide))
        struct.pack_into("<I", record, 42, 0xffffffff)
        directory += record + wide
        at += 46 + name + extra
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, count, count, len(directory), start)
    locator = struct.pack("<IIQI", 0x07064b50, 0, start + len(directory), 1)
    last = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    open(path, "wb").write(data[:start] + directory + end64 + locator + last)


floats = Storage("FloatStorage", "0", 12)
value = collections.OrderedDict()
value["matrix"] = Tensor(floats, 0, (2, 3), (3, 1))
value["tail"] = Tensor(floats, 6, (6,), (1,))
value["transposed"] = Tensor(floats, 0, (3, 2), (1, 3))
value["parameter"] = Parameter(Tensor(floats, 2, (2,), (1,)))
value["half"] = Tensor(Storage("HalfStorage", "1", 3), 0, (3,), (1,))
value["bfloat"] = Tensor(Storage("BFloat16Storage", "2", 2), 0, (2, 1), (1, 1))
value["counts"] = Tensor(Storage("LongStorage", "3", 1), 0, (), ())
value["empty"] = Tensor(Storage("DoubleStorage", "4", 0), 0, (0, 4), (4, 1))
value._metadata = collections.OrderedDict(version=1)
value["note"] = "text among the tensors"
STORAGES = {"0": struct.pack("<12f", *range(12)), "1": struct.pack("<3e", 0.5, -2, 65504), "2": struct.pack("<2H", 0x3fc0, 0xc000), "3": struct.pack("<q", -7), "4": b""}
LENGTHS = {"0": 12, "1": 3, "2": 2, "3": 1, "4": 0}
save("tensors.bin", value, STORAGES)
save_legacy("legacy.bin", value, STORAGES)
widen("tensors.bin", "zip64.bin")
save("protocol4.bin", dict(value), STORAGES, protocol=4)
save("unaligned.bin", {"half": value["half"], "matrix": value["matrix"]}, {"1": STORAGES["1"], "0": STORAGES["0"]}, shift=3)
save("call.bin", {"weight": Call()}, {})
save("storage-missing.bin", {"matrix": value["matrix"]}, {})
save("too-long.bin", {"matrix": Tensor(floats, 8, (2, 3), (3, 1))}, {"0": STORAGES["0"]})
save("compressed.bin", {"matrix": value["matrix"]}, {"0": STORAGES["0"]}, compression=zipfile.ZIP_DEFLATED, align=0)
