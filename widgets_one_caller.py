"""Private functions with exactly one caller, per file. Usage: one_caller.py FOLDER"""
import ast,sys,pathlib,collections
root=pathlib.Path(sys.argv[1]); tot=0; allp=0
for p in sorted(root.rglob("*.py")):
    t=ast.parse(p.read_text())
    fns=[n for n in ast.walk(t) if isinstance(n,(ast.FunctionDef,ast.AsyncFunctionDef)) and n.name.startswith("_") and not n.name.startswith("__")]
    uses=collections.Counter()
    for n in ast.walk(t):
        if isinstance(n,ast.Name) and isinstance(n.ctx,ast.Load): uses[n.id]+=1
        elif isinstance(n,ast.Attribute): uses[n.attr]+=1
    one=[f.name for f in fns if uses[f.name]<=1]
    allp+=len(fns); tot+=len(one)
    if fns: print(f"{len(one):3}/{len(fns):3} {p.relative_to(root)} {' '.join(one)}")
print(tot,"of",allp)
