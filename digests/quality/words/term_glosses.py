"""English terms of AI research with the Korean words for them: a bilingual word list for the gates of style.

Each entry is an English word, or with `*` the beginning of a family of words, and the beginnings of its Korean words.
`find_korean_words("multilingual")` is ("다국어", "다중 언어", "여러 언어"). The Korean side is generous, since writers
choose their words freely: a gate may only conclude something from a word that is in the list and has none of them.
"""

from functools import cache

# By family: a longer beginning goes before a shorter one ("transformer" before "transform").
_ENTRIES = """
ablat*=절제,제거 실험,어블레이션; abstract*=추상,초록; accelerat*=가속; accent*=억양,악센트; access*=접근; accident*=사고;
accura*=정확,정밀,정답률; acoustic*=음향,소리; action*=행동,동작,액션,작용; activat*=활성; active*=능동,활성,적극;
adapt*=적응,적용,맞춤,맞추,조정,어댑터; adapter*=어댑터,적응; adolescen*=청소년; adversar*=적대,공격; aerial*=항공,공중; affect*=정동,정서,감정;
affordance*=행동 유도,어포던스,조작 가능; agent*=에이전트,행위자,대리; aggregat*=집계,취합,통합,모으,합치; agricult*=농업; airport*=공항;
alert*=경보,경고; algebra*=대수; align*=정렬,맞춤,맞추,일치; alignment*=정렬,맞춤,맞추,일치; ambigu*=모호,중의; amodal*=아모달,가려진;
amplitud*=진폭; anaphor*=대용; anatom*=해부; anchor*=앵커,기준점,닻; ancient*=고대; animal*=동물; animat*=애니메이션,움직;
annotat*=주석,라벨,표시,어노테이션,표지,태그; anomal*=이상,비정상; anonymiz*=익명,비식별; answer*=답,응답,대답; approximat*=근사,어림;
arabic*=아랍; architect*=구조,아키텍처,건축,설계; argument*=논증,주장,인자,논거; articulat*=관절,조음,다관절; aspect*=측면,속성,양상,관점;
assess*=평가,측정,진단; asset*=자산; assist*=보조,도우,지원,조력; associat*=연상,연관,연합,연결,연계; astronom*=천문; asynchron*=비동기;
attack*=공격; attend*=주의,어텐션; attent*=어텐션,주의,주목; attribut*=속성,귀속,귀인,출처,기여; auction*=경매; audio*=오디오,음성,음향,소리,청각;
audit*=감사,점검,검사; augment*=증강,보강,확장,늘리; authentic*=인증,진본; author*=저자,작성; autoencod*=오토인코더,자기 부호,자동 부호,자동 인코더;
 automat*=자동; autonom*=자율,자동; autoregress*=자기 회귀,자기회귀,자동 회귀; avatar*=아바타;
backdoor*=백도어,뒷문; backpropagat*=역전파; bandit*=밴딧,도박; bandits*=밴딧; bandwidth*=대역폭; batch*=배치,묶음,일괄;
battery*=배터리,전지; bayes*=베이즈,베이지안; beam=빔; behavior*=행동,행위,동작; belief*=신념,믿음; benchmark*=벤치마크,성능 평가,기준,평가;
bias=편향,치우,바이어스,선입; bilingual*=이중 언어; binary*=이진,이항,바이너리,두 갈래; biometric*=생체; bird=새; blockchain*=블록체인;
blood*=혈액,피; body=신체,몸,본문; bone=뼈,골; boost*=부스팅,향상,강화; bottleneck*=병목; boundar*=경계; brain*=뇌,두뇌; breast*=유방;
building*=건물,건축; calibrat*=보정,교정,캘리브레이션,조정,눈금; camera*=카메라; cancer*=암; caption*=캡션,설명,자막; cardiac*=심장;
career*=경력,진로; cartoon*=만화; causal*=인과,원인; cell=세포,셀; chain*=사슬,체인,연쇄; change*=변화,변경,바뀌,전환; channel*=채널,통로;
chatbot*=챗봇; chemi*=화학; chest*=흉부,가슴; child*=아동,어린이,아이; chip=칩,반도체; chunk*=청크,덩어리,조각; circuit*=회로;
citation*=인용; citizen*=시민; classif*=분류,판별; climate*=기후; clinical*=임상; cloak*=가림,위장; cloud*=구름,클라우드;
cluster*=군집,클러스터,묶,무리; coarse*=거친,성긴; code*=코드,부호,코딩; codebook*=코드북,부호책; cognit*=인지; coheren*=일관,응집,결맞;
collaborat*=협업,협력,협동,공동; color*=색; commerce*=상거래,커머스; commonsense*=상식; communicat*=통신,소통,의사소통; compar*=비교,대조;
complet*=완성,보완,완료; complex*=복잡,복소; complian*=준수,규정,컴플라이언스; composit*=합성,구성,조합; compound*=화합물,복합; compress*=압축;
comput*=계산,컴퓨터,연산,컴퓨팅,전산; concept*=개념,컨셉; confiden*=신뢰,확신,자신,기밀; consensus*=합의; consisten*=일관,일치;
constrain*=제약,제한; construction*=구문,구축,구성,건설; content*=콘텐츠,내용; context*=문맥,맥락,컨텍스트,상황; continual*=지속,연속,평생,계속; contract*=계약;
contrast*=대조,대비; control*=제어,통제,조절,컨트롤,조종; controllab*=제어,통제,조절; convers*=대화,변환,전환; convex*=볼록;
convolut*=합성곱,컨볼루션,콘볼루션; cooking*=요리; copyright*=저작권; corpora*=말뭉치,코퍼스; corpus*=말뭉치,코퍼스; correlat*=상관,연관;
cost=비용; counterfactual*=반사실,반대 사실,가상; court*=법원,재판; coverage*=커버리지,포괄,범위; creativ*=창의,창작; crop=작물;
cross-attent*=교차 어텐션,교차 주의; crowd*=군중,대중,크라우드; cryptograph*=암호; cultur*=문화; curat*=선별,엄선,큐레이션,정제;
curriculum*=교육 과정,커리큘럼,교과; customer*=고객; cyber*=사이버; dance*=춤,댄스; database*=데이터베이스,자료; debat*=토론,논쟁;
debias*=편향,탈편향; debug*=디버깅,오류; decept*=기만,속임; decision*=결정,의사 결정,판단; decod*=디코딩,복호,디코더,해독; decompos*=분해,나누;
decoupl*=분리,디커플링; deep*=심층,딥,깊; deepfake*=딥페이크,위조; defens*=방어; deform*=변형,휘; demographic*=인구,집단;
demonstrat*=시연,시범,데모,예시; denois*=잡음 제거,노이즈,디노이징,잡음; dense*=밀집,조밀,촘촘,밀도,고밀도,빽빽; density*=밀도; dental*=치과,치아;
depend*=의존,종속; deploy*=배포,배치,도입; depression*=우울; depth*=깊이,심도,뎁스; descript*=설명,기술,묘사;
detect*=탐지,검출,감지,인식,판별,발견; determin*=결정; diabet*=당뇨; diacrit*=발음 부호,부호; diagnos*=진단; dialect*=방언,사투리;
dialog*=대화; diet=식이,식습관,식단,음식; difference*=차이,차분; differential*=차등,미분,차분; diffus*=확산,디퓨전; dimension*=차원;
disambiguat*=중의성,모호,구별; disaster*=재난,재해; discret*=이산,불연속; disease*=질환,질병,병; disentangl*=분리,얽힘,풀;
disparit*=시차,격차,불균형,차이; distill*=증류; distribut*=분포,분산,배포,분배; divers*=다양; document*=문서,자료; domain*=도메인,분야,영역;
driving*=주행,운전; drone*=드론,무인기; drop=하락,떨어; drug=약물,약,신약; dual=이중,쌍대,두; dynamic*=동적,동역학,역학,움직,변하,동태;
earthquake*=지진; econom*=경제; edge=에지,엣지,간선,경계,가장자리,단말,모서리; edit*=편집,수정,고치,고쳐; educat*=교육; efficien*=효율,경제;
election*=선거; electri*=전기,전력; electron*=전자; embed*=임베딩,내장,삽입,묻; embodi*=체화,구현,신체,몸; emergen*=창발,출현,응급;
emission*=배출,방출; emotion*=감정,정서,감성; empath*=공감; employ*=고용,채용; encod*=인코딩,부호,인코더; encrypt*=암호; energ*=에너지;
ensembl*=앙상블,조합; entit*=개체,엔티티,대상; entropy*=엔트로피; environment*=환경; epidemi*=역학,전염,유행; equilibr*=균형;
equivarian*=등변; erasure*=삭제,지우; error*=오류,오차,에러; essay*=에세이,글,논술; estimat*=추정,예측,어림; ethic*=윤리; evaluat*=평가,심사;
event*=이벤트,사건,행사; evidence*=근거,증거; evolution*=진화; exampl*=예시,예제,사례,표본; expert*=전문가,엑스퍼트; explain*=설명;
explanat*=설명; explicit*=명시,명백; exploit*=활용,이용,악용; explor*=탐색,탐험,탐구; exposure*=노출; expression*=표현,표정,발현,식;
extract*=추출,뽑; eye=눈,안구; face*=얼굴,안면; facial*=얼굴,안면,표정; fact=사실,팩트; factual*=사실; fair*=공정; faithful*=충실;
fashion*=패션,의류; feature*=특징,특성,피처,자질; federat*=연합; feedback*=피드백,되먹임; few-shot*=퓨샷,소수,적은,몇; film=영화,필름;
filter*=필터,거르,걸러,여과; finance*=금융; financial*=금융,재무; fine-grained*=세밀,미세,세분; fine-tun*=미세 조정,미세조정,파인튜닝;
finetun*=미세 조정,미세조정,파인튜닝; fire=화재,불; flight*=비행,항공; flood*=홍수; flow=흐름,플로우,유동; food=음식,식품; forecast*=예측,예보,전망;
forensic*=포렌식,법의; forest*=숲,산림,포레스트; forget*=망각,잊; formal*=형식,정형; foundation*=기반,파운데이션,기초; fourier*=푸리에;
frame*=프레임,틀,액자; framework*=프레임워크,틀,체계; framing*=틀,프레이밍,구도; fraud*=사기,부정; freez*=동결,고정; frequen*=주파수,빈도;
frozen*=동결,고정; function*=함수,기능; fusion*=융합,결합,퓨전,합치,합쳐; galax*=은하; game=게임; gate*=게이트,문; gaussian*=가우시안,가우스,정규;
gaze=시선; gender*=성별,젠더,성; gene=유전자,유전체; generaliz*=일반화; generat*=생성,만들,세대,제작,작성; genom*=유전체,게놈;
geograph*=지리,지역; geometr*=기하,형상,구조,모양; gesture*=몸짓,손짓,제스처,동작; global*=전역,전체,글로벌,세계; glucose*=혈당,포도당;
gradient*=기울기,경사,그래디언트,그레이디언트; grammar*=문법; graph*=그래프; grasp*=파지,잡,쥐; ground*=그라운딩,접지,근거,지상,정답,연결;
guard*=가드,보호; guidance*=안내,유도,가이던스,지침,지도; hair=머리카락,모발; hallucinat*=환각; hallucinatory*=환각; hand=손;
hardware*=하드웨어,장비; harmful*=유해,해로; hash*=해시,해싱; hate*=혐오,증오; head=헤드,머리,얼굴; headline*=제목,표제,헤드라인;
health*=건강,보건,의료; healthcare*=의료,건강,보건; heart*=심장; heterogen*=이질,이종,이형; heurist*=휴리스틱,경험; hierarch*=계층,위계;
histopatholog*=조직 병리,조직병리; histor*=역사,이력; homogen*=동질,균질; hospital*=병원; human*=사람,인간,휴먼,인체;
humanoid*=휴머노이드,인간형; humor*=유머; hybrid*=하이브리드,혼합,복합; hypergraph*=하이퍼그래프; hyperparameter*=하이퍼파라미터,초매개변수,초모수;
hypothes*=가설; identif*=식별,확인,신원,동정; idiom*=관용,숙어; illuminat*=조명; image*=이미지,영상,사진,그림,화상; imaging*=영상,이미징,촬영;
imbalanc*=불균형; imitat*=모방; imitation*=모방; implicit*=암묵,암시,내재,함축,음함수; impute*=대치,보간; inconsisten*=불일치,모순,비일관;
increment*=증분,점진; index*=색인,인덱스,지수,지표; induc*=유도,유발,귀납; infer*=추론,추리; information*=정보; injection*=주입,주사,삽입;
inpaint*=인페인팅,채우,복원,메우; inpainting*=인페인팅; insert*=삽입,넣; instance*=인스턴스,개체,사례; instruct*=지시,명령,지침,교수,인스트럭션;
insurance*=보험; integrat*=통합,적분,결합; intent*=의도,의향; interact*=상호 작용,상호작용,대화형,인터랙션; interpol*=보간;
interpret*=해석,통역; interview*=인터뷰,면접; intrus*=침입; invarian*=불변; inverse*=역,반대; invest*=투자; iterat*=반복,되풀이;
jailbreak*=탈옥; joint*=관절,결합,공동; journalis*=언론,저널리즘; judge*=심판,판정,판단,평가; kernel*=커널,핵; keyword*=키워드,핵심어,주제어;
kidney*=신장,콩팥; kinemat*=운동,기구학; knowledge*=지식; label*=라벨,레이블,표시,표지,정답; lane=차선,차로; language*=언어,말;
latency*=지연,응답 시간; latent*=잠재,숨은; law=법,법률,법칙; layer*=층,레이어,계층; leaderboard*=리더보드,순위표; learn*=학습,배우,러닝;
lecture*=강의; legal*=법률,법적,법; lesion*=병변; lexic*=어휘; lidar*=라이다; lifelong*=평생; light*=조명,빛,경량;
lightweight*=경량,가벼; likelihood*=가능도,우도; linear*=선형; linguist*=언어; lip=입술,입; literature*=문헌,문학; liver*=간;
local*=지역,국소,국부,로컬; localiz*=위치,국소화,지역화,측위,찾; locomot*=보행,이동,걷; logic*=논리; long-tail*=롱테일,긴 꼬리; longitud*=종단;
loss=손실,로스; low-rank*=저랭크,저계수,낮은 계수,저차원; low-resource*=저자원,자원이 적은,자료가 적은; lung=폐; lyric*=가사; machine*=기계,머신;
malicious*=악성,악의; malware*=악성,멀웨어; manipulat*=조작,매니퓰레이션,다루; map=지도,맵,사상; mapping*=매핑,사상,지도,대응; marginal*=주변,한계;
marine*=해양,바다; market*=시장; mask*=마스크,마스킹,가림,가린,가리; matching*=매칭,맞추,정합,일치,대응; material*=재질,재료,소재,자료,물질; math=수학;
matrix*=행렬; mechanis*=기제,메커니즘,기계론,원리,역학; medical*=의료,의학; meme=밈; memor*=기억,메모리,암기; mental*=정신,심리;
merg*=병합,합치,합병; merge*=병합,합치; mesh*=메시,메쉬,그물; meta-learn*=메타 학습,메타학습; metadata*=메타데이터; meteorolog*=기상;
meticulous*=꼼꼼; metric*=지표,척도,거리,계량,메트릭; microscop*=현미경; migrat*=이주,이동; mineral*=광물;
misinformation*=오정보,허위 정보,가짜; mixture*=혼합; mobile*=모바일,이동; mobility*=이동,모빌리티; modal*=모달,양식,모달리티;
moderat*=조정,검열,중재,관리; modul*=모듈,변조,조절; molecul*=분자; monitor*=감시,모니터링,관찰,추적,점검,조사,관리; monocular*=단안;
monolingual*=단일 언어; morpholog*=형태; mortality*=사망,치명; motion*=움직임,모션,동작,운동; movement*=움직임,이동,동작;
multi-agent*=다중 에이전트,멀티 에이전트,여러 에이전트; multi-modal*=멀티모달,다중 모달,다중 양식,복합; multi-task*=다중 과제,멀티태스크,다중 작업,여러 과제;
multi-turn*=다중 턴,멀티턴,여러 차례,다회; multi-view*=다시점,다중 시점,여러 시점,멀티뷰,다중 뷰; multilingual*=다국어,다중 언어,여러 언어;
multimodal*=멀티모달,다중 모달,다중 양식,복합,다중모달,여러 양식,다중 모드; multitask*=다중 과제,멀티태스크,다중 작업,여러 과제; museum*=박물관; music*=음악;
narrative*=서사,이야기; natural*=자연; navigat*=내비게이션,항법,길,주행,탐색; network*=신경망,네트워크,망,연결; neural*=신경,뉴럴;
neuromorphic*=뉴로모픽,신경 모방; neuron*=뉴런,신경; news=뉴스,기사,소식; night*=야간,밤; noise*=잡음,노이즈,소음; noisy*=잡음,노이즈;
nonlinear*=비선형; normal*=법선,정규,정상,노멀; normaliz*=정규화,표준화; noun=명사; novelty*=새로움,참신,신규; nutrition*=영양;
object*=물체,객체,대상,목적; objective*=목적,목표; obstacle*=장애물; occlu*=가림,가려,폐색,가리; occupan*=점유; ocean*=해양,바다;
ocular*=안구; offline*=오프라인; online*=온라인; ontolog*=온톨로지,존재론; open-vocabulary*=열린 어휘,개방 어휘,개방형 어휘; opera*=오페라,연산;
operat*=연산,운영,조작,작업,작전; opinion*=의견,여론,오피니언; optical*=광학,광; optimal*=최적; optimiz*=최적화;
orchestrat*=오케스트레이션,조율,지휘; organ*=장기,기관; orthogonal*=직교; outlier*=이상치,특이; overconfiden*=과신; overfit*=과적합;
overlap*=중복,겹; overthink*=과잉 사고,과도,지나친; painting*=그림,회화; panoptic*=파놉틱,전면; parallel*=병렬,평행;
parameter*=매개변수,파라미터,모수; parametric*=매개변수,모수,파라미터; parking*=주차; pars*=구문,파싱,분석; particle*=입자; partition*=분할,나누;
patch*=패치,조각; patholog*=병리; patient*=환자; pattern*=패턴,양상,무늬; payment*=결제,지불; pedestrian*=보행자; perceiv*=인식,지각;
percept*=인식,지각,인지; perplex*=혼란도,당혹도,퍼플렉시티; persona*=페르소나,인물,인격; personal*=개인; personaliz*=개인화,맞춤,개인;
perturb*=섭동,교란,변형,흔들; pest=해충; phase*=위상,단계; phoneme*=음소; phonetic*=음성,발음; phonolog*=음운; photo*=사진,포토,광;
physic*=물리; pipeline*=파이프라인,과정,절차; pixel*=픽셀,화소; plan*=계획,플래닝; plann*=계획,플래닝,경로; plant*=식물,공장,작물;
plateau*=정체,구간; poem=시; poet=시; point*=점,포인트; pointmap*=점 지도,포인트맵; poison*=중독,오염,독; polariz*=양극화,편광;
polic*=정책,경찰; policy*=정책,폴리시; politic*=정치; pollut*=오염; population*=집단,인구,모집단; pose*=자세,포즈;
post-train*=사후 학습,후학습,사후 훈련,사후학습,추가 학습; posterior*=사후; power*=전력,힘,출력; pre-train*=사전 학습,사전학습,사전 훈련;
precision*=정밀,정확; predict*=예측,예상; preference*=선호,취향; pretext*=사전 과제; pretrain*=사전 학습,사전학습,사전 훈련; price*=가격,값;
principal*=주성분,주요; prior*=사전,선행,우선; privacy*=사생활,프라이버시,개인정보,개인 정보; probab*=확률; probabil*=확률; probe*=탐침,프로브;
probing*=탐침,프로빙,탐색; process*=과정,처리,프로세스,공정; prognos*=예후; program*=프로그램,프로그래밍; prompt*=프롬프트; pronunc*=발음;
proof*=증명; propagat*=전파; prosod*=운율; prospect*=전향,전망; prosthe*=의수,의족,보철; protect*=보호,지키; protein*=단백질;
provenance*=출처,이력; prun*=가지치기,프루닝,솎,가지 치기; psycholog*=심리; quadruple*=네 요소,사중; quality*=품질,질; quantiz*=양자화;
quantum*=양자; query*=쿼리,질의,질문; question*=질문,질의,문제,문답; question-answer*=질의응답; radar*=레이더; radian*=방사,복사,휘도;
radiograph*=엑스레이,방사선; radiolog*=영상의학,방사선; railway*=철도; rain=비,강우; random*=무작위,임의,랜덤,확률; rank*=순위,랭크,계수,랭킹;
ranking*=순위,랭킹; rational*=합리,이성,근거,유리; rationale*=근거,이유,논거; reason*=추론,사고,이유; recall*=재현,회상,리콜,떠올;
recipe*=레시피,조리; recogni*=인식,인지,식별; recommend*=추천; reconstruct*=복원,재구성,재건,복구; recurr*=순환,재귀,반복;
reference*=참조,기준,레퍼런스; refin*=정제,개선,다듬,정련,세밀; reflect*=반성,반사,성찰,되짚,반추,되돌아; refus*=거부,거절; region*=영역,지역,부위;
registr*=정합,등록; regress*=회귀,퇴행; regular*=정규,규칙; regulat*=규제,조절,규정; reinforc*=강화; relation*=관계;
relevan*=관련,적합,연관; reliab*=신뢰,믿; relight*=조명; religio*=종교; remote*=원격; render*=렌더링,그리; repair*=수리,수정,복구,고치;
represent*=표현,표상,대표; rerank*=재순위,재정렬,순위; residual*=잔차,잔여; resolution*=해상도,해결,분해능; restor*=복원,복구; resume*=이력서;
retain*=유지; retina*=망막; retriev*=검색,인출,찾; retrospect*=후향; reward*=보상,리워드; rhetoric*=수사; risk*=위험,리스크;
river*=강,하천; road=도로; robot*=로봇; robust*=강건,견고,강인,로버스트,튼튼; role=역할; rollout*=롤아웃,전개; rotat*=회전;
rout*=라우팅,경로,라우터,배분; rubric*=채점,루브릭,평가 기준; rule=규칙; safe*=안전; saliency*=현저,중요도,돌출; sampl*=표본,샘플,추출;
sarcas*=풍자,비꼼,반어,빈정; satellite*=위성; satire*=풍자; scal*=확장,스케일,규모,척도,축소; scene*=장면,씬; schedul*=일정,스케줄,예약;
scor=점수,채점,스코어; search*=검색,탐색; segment*=분할,세그,나누,구간; self-attention*=자기 어텐션,셀프 어텐션,자기 주의;
self-supervis*=자기 지도,자기지도,자가 지도,자체 지도; semantic*=의미,시맨틱; semi-supervis*=준지도,반지도; sensitiv*=민감,감도;
sensor*=센서,감지; sentence*=문장; sentiment*=감성,감정,정서; sepsis*=패혈증; sequen*=시퀀스,순차,서열,순서,수열,연속; shading*=셰이딩,음영,명암;
shape*=형상,모양,형태; shift*=이동,변화,전이,시프트,변동; shopping*=쇼핑; sign*=수어,수화,신호,기호; signal*=신호,시그널; similar*=유사,비슷,닮;
simulat*=시뮬레이션,모사,모의; singing*=노래,가창; skeleton*=뼈대,골격,스켈레톤; sketch*=스케치; skill*=기술,기능,스킬,능력; skin=피부;
sleep*=수면,잠; social*=사회,소셜; solar*=태양; song=노래,곡; source*=소스,출처,원천,음원; spam=스팸; spars*=희소,성긴; spatial*=공간;
speaker*=화자,스피커; spectr*=스펙트럼,분광,스펙트럴; specul*=추측,투기; speculation*=추측; speculative*=추측,투기,예측;
speech*=음성,말,발화,담화; speed*=속도,빠르; spine*=척추; splatting*=스플래팅,스플랫; spoof*=위조,스푸핑; sport*=스포츠,운동; stability*=안정;
statist*=통계; steer*=조향,조종,유도,스티어링,조절; stereo*=스테레오,입체,양안; stereotyp*=고정 관념,고정관념,편견; stitch*=이어,접합,스티칭,꿰매;
stochastic*=확률; stock*=주식; strateg*=전략; stream*=스트리밍,흐름,스트림; stroke*=뇌졸중,획; structur*=구조,정형; student*=학생;
style*=화풍,스타일,문체,양식; subgraph*=부분 그래프,서브그래프; suicid*=자살; summar*=요약; super-resolution*=초해상도,초고해상도,해상도;
supervis*=지도,감독; supplement*=보충,보조제,부록; surface*=표면; surger*=수술,외과; surgical*=수술,외과; survey*=조사,설문,서베이,개관;
sustainab*=지속 가능,지속가능; swap=바꾸,교체,스왑,교환; symbol*=기호,상징,심볼; symmetr*=대칭; synchron*=동기; syntact*=구문,통사,문법;
syntactic*=구문,통사; syntax*=구문,통사,문법; synthe*=합성,종합,만들; table*=표,테이블; tabular*=표,테이블; tactile*=촉각; talent*=인재;
target*=목표,표적,대상,타깃,타겟; tax=세금,조세; taxonom*=분류,유형; teacher*=교사,선생; teeth*=치아; temporal*=시간,시계열,시제; tensor*=텐서;
test-time*=테스트,추론 시점,시험; text*=텍스트,글,본문,문자,음성 합성; texture*=텍스처,질감; thematic=의미역,주제; theorem*=정리; theory*=이론; therapy*=치료,요법;
thermal*=열,적외선; threshold*=문턱,임계,역치; throughput*=처리량; time-series*=시계열; timestamp*=타임스탬프,시각,시간; token*=토큰;
tokeniz*=토큰화,토크나이저,토큰; tokenization*=토큰화; tool*=도구; tooth*=치아; topic*=주제,토픽; topolog*=위상,토폴로지; touch*=촉각,터치;
tourism*=관광; toxic*=유해,독성,혐오; toy=장난감; tracking*=추적,트래킹; trade*=거래,무역; traffic*=교통,트래픽,통행; train*=학습,훈련,기차;
trajector*=궤적,경로; transfer*=전이,이전,옮기,전달; transform*=변환,트랜스포머,변형; transformer*=트랜스포머; translat*=번역,변환,중개;
transparen*=투명; travel*=여행; treatment*=치료,처치; tree*=트리,나무; trigger*=트리거,유발,촉발; trust*=신뢰,믿; truthful*=진실,사실;
tumor*=종양,암; tuning*=튜닝,조정; tutor*=지도,과외,튜터,교습,교육; tweet*=트윗; ultrasound*=초음파; uncertain*=불확실; understand*=이해;
underwater*=수중; unfair*=불공정; unlearn*=언러닝,망각,지우,잊; unsupervis*=비지도; upsampl*=업샘플링,상향; urban*=도시,도심;
user*=사용자,이용자,유저; utilit*=효용,유용; utility*=효용,유용; utterance*=발화; vaccin*=백신; validat*=검증,확인,타당; value*=가치,값;
variab*=변수,변동,가변; varian*=분산,변이,변형; variational*=변분; vector*=벡터; vehicle*=차량,자동차,차; verb=동사; verif*=검증,확인,입증;
vessel*=혈관,선박; video*=비디오,영상,동영상; view*=시점,뷰,관점; viewer*=뷰어,시청자,보기; viewpoint*=시점,관점; virtual*=가상;
vision*=비전,시각,영상; visual*=시각,영상,비주얼; vocabular*=어휘,단어; voice*=목소리,음성,보이스; volume*=부피,용량; vulnerab*=취약; war=전쟁;
water*=물,수; watermark*=워터마크,워터마킹; wave=파동,파; wavelet*=웨이블릿; weak=약,취약; weather*=날씨,기상; web=웹; weight*=가중,무게,체중;
wind=바람,풍력; wireless*=무선; word=단어,낱말; worker*=노동자,작업자,근로자; workflow*=작업 흐름,워크플로,업무; world*=세계,월드,세상;
writing*=글쓰기,작문,글,쓰기; youth*=청소년,청년; zero-shot*=제로샷,영샷,예시 없
"""
MIN_FAMILY_LETTERS = 3
MAX_FAMILY_LETTERS = 16


def _read_entries(text: str) -> dict[str, tuple[str, ...]]:
    """Return the Korean beginnings by English word or family (with its star)."""
    pairs = (entry.strip().split("=") for entry in text.replace("\n", " ").split(";"))
    return {english: tuple(korean.split(",")) for english, korean in pairs}


_KOREAN_BY_ENGLISH = _read_entries(_ENTRIES)
KOREAN_TERMS = frozenset(korean for words in _KOREAN_BY_ENGLISH.values() for korean in words)


@cache
def _collect_english_entries() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for english, words in _KOREAN_BY_ENGLISH.items():
        for korean in words:
            found.setdefault(korean, []).append(english)
    return {korean: tuple(entries) for korean, entries in found.items()}


def find_english_entry(word: str) -> str:
    """Return the entry that an English word in lower case belongs to, "" if there is none."""
    if word in _KOREAN_BY_ENGLISH:
        return word
    if word.endswith("s") and word[:-1] in _KOREAN_BY_ENGLISH:
        return word[:-1]
    for size in range(min(len(word), MAX_FAMILY_LETTERS), MIN_FAMILY_LETTERS - 1, -1):
        if f"{word[:size]}*" in _KOREAN_BY_ENGLISH:
            return f"{word[:size]}*"
    return ""


def find_korean_words(word: str) -> tuple[str, ...]:
    """Return the beginnings of the Korean words for an English word in lower case, () if it is not in the list."""
    return _KOREAN_BY_ENGLISH.get(find_english_entry(word), ())


def list_english_entries(korean: str) -> tuple[str, ...]:
    """Return the entries of a Korean term of the list: families of English words, with a star, or single words."""
    return _collect_english_entries().get(korean, ())
