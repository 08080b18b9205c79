using Mono.Cecil;
using Mono.Cecil.Cil;

namespace VisualChat.Model.Tests.Native;

/// <summary>
/// Finds where compiled code lets TorchSharp make a number (<c>Scalar</c>) that nothing holds while
/// libtorch reads it: a conversion whose result is kept in no variable or field, or a call of a
/// method of TorchSharp that makes one, itself or through others.
/// </summary>
internal sealed class ScalarLifetime
{
    private const string ScalarType = "TorchSharp.Scalar", Conversions = "TorchSharp.ScalarExtensionMethods";

    private readonly HashSet<string> _makers;

    public ScalarLifetime(string torchSharpPath)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(torchSharpPath);
        Dictionary<string, string[]> calls = Methods(module)
            .Where(method => method.DeclaringType.FullName is not (ScalarType or Conversions))
            .ToLookup(method => method.FullName)
            .ToDictionary(methods => methods.Key, methods => methods.SelectMany(Calls).Select(NameOf).ToArray());
        _makers = [ScalarType];
        string[] found;
        do
        {
            found =
            [
                .. calls
                    .Where(method => !_makers.Contains(method.Key) && method.Value.Any(_makers.Contains))
                    .Select(method => method.Key),
            ];
            _makers.UnionWith(found);
        }
        while (found.Length > 0);
    }

    /// <summary>Every method of TorchSharp that makes a number on its way.</summary>
    public IReadOnlySet<string> Makers => _makers;

    /// <summary>The places of an assembly, each as method: what it calls.</summary>
    public IEnumerable<string> Unheld(string assemblyPath)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(assemblyPath);
        return [.. Methods(module).SelectMany(method => Calls(method)
            .Where(IsUnheld)
            .Select(call => $"{method.DeclaringType.FullName}.{method.Name}: {call.Called.FullName}"))];
    }

    private bool IsUnheld((Instruction Instruction, MethodReference Called) call) => IsConversion(call.Called)
        ? !IsKept(call.Instruction)
        : _makers.Contains(call.Called.GetElementMethod().FullName);

    private static string NameOf((Instruction Instruction, MethodReference Called) call) =>
        IsConversion(call.Called) ? ScalarType : call.Called.GetElementMethod().FullName;

    private static bool IsConversion(MethodReference called)
    {
        string type = called.DeclaringType.FullName;
        bool isConstructor = called.Name == ".ctor" && type == ScalarType;
        bool converts = called.ReturnType.FullName == ScalarType && type is ScalarType or Conversions;
        return isConstructor || converts;
    }

    // A local of a compiled Release build is used later, when it is disposed of.
    private static bool IsKept(Instruction made) => made.Next.OpCode.Code is
        Code.Stsfld or Code.Stfld or Code.Stloc or Code.Stloc_S
        or Code.Stloc_0 or Code.Stloc_1 or Code.Stloc_2 or Code.Stloc_3;

    private static IEnumerable<(Instruction Instruction, MethodReference Called)> Calls(MethodDefinition method) =>
        method.Body.Instructions
            .Where(instruction => instruction.Operand is MethodReference)
            .Select(instruction => (instruction, (MethodReference)instruction.Operand));

    private static IEnumerable<MethodDefinition> Methods(ModuleDefinition module) =>
        module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);
}
