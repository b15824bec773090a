"""Word families of the gate for inventions: the fields and media that a paper may be about.

A family is a paragraph of three lists of words with semicolons between them. A sentence speaks of the family by one of its
Korean or English words; a source has it by one of the last ones, which are many more on purpose: a family that a source only hints
at is no invention. How the marks in the words are read is explained in `digests.quality.word_families`. Left out are words with a
second meaning in these texts: 학생 (a distilled model), 영상 (a scan), 시험, 교사, 바다 (of data), 홍수 (of texts).
"""

# Modalities, tasks and fields.
SUBJECT_FAMILIES = r"""
(?<!긍)음성(?!_?(?:률|표본|반응)) (?<!한\s)목소리(?!로_?입|를_?(?:높|내|반영)) 오디오 녹음
(?<!헛)소리(?=[를로와의만까]|_?신호) 음향 화자 청각 발화 음질 음소 ; speech audio voices?(?=[\s-](?:assistant|command|clon|recogn|convers|input|interface|record|synthes|quality|data)) spoken acoustic*
sound phoneme* utterance utterances
  ; speech voic audio auditor acoust sound spoke speak utter listen phon tts$ asr$ music song$ songs singing
  singer talk vocal$ hear$ hearing heard whisper sonic convers dialog waveform podcast negativ ^radio$ phone_call
  call_cent subtitl omni dictat noise_suppress false_neg

음악 작곡 노래 악보 악기 가사(?=[와를의가]|_?생성) 멜로디 연주(?!하_?는) ; music* song songs melod* lyrics singing
  ; music song$ songs melod audio singing singer lyric danc choreo sound symphon chord$ chords rhythm

번역(?!_?투) 통역 ; translation translations translator* translating
  ; translat locali[sz] interpreter interpreting parallel_corp language_pair cross-ling cross_ling mt$ nmt$ bleu$
  wmt

요약(?!하면|하자면|했|한_?(?:조사|글|것)) ; summari[sz]ation summari[sz]er* summari[sz]ing
  ; summar condens compress abstractive concise short$ shorten brief$ briefly synops digest overview survey
  meeting keyframe

방언 사투리 억양 ; dialect dialects accents
  ; dialect accent region vernacular varieti prosod low-resource ethnic local intonation

손글씨 필기체? 글자_?인식 광학_?문자 판독하고_?빠진 고문서 필사본 고대_?문헌 고문헌 ; handwrit* ocr manuscripts?
  ; handwrit ocr charact text_recog document script glyph calligraph scene_text text-rich ancient histor
  manuscript heritage cursive letter ink

수화 수어 ; sign_language
  ; sign_lang signing signer gloss deaf

감정(?!_?평가사) 감성 정서 공감(?=[을이하]) ; emotion emotions emotional sentiment mood
  ; emotion sentiment affective affectiv mood feeling expressi empath paraling facial ^mental psych depress stress
  subjectiv sad$ anger attitud opinion polarit

표정 ; facial_expressions?
  ; expression expressive facial face$ faces emotion portrait reenact avatar talking head$ heads

풍자 빈정 반어 비꼬 ; sarcas* satir* irony
  ; sarcas iron$ ironi satir humor figurativ paraling meme parod

혐오 욕설 악성_?댓글 ; hate_speech toxic toxicity
  ; hate toxic abus offens harm safety moderat memes racis bully hostil discrimin

가짜_?뉴스 허위_?정보 허위_?조작 ; fake_news misinformation disinformation
  ; fake misinform disinform fact rumo news decept false satir hallucinat truth credib propagand manipul

이미지(?!_?메이킹) 사진 픽셀 화소 비디오 동영상 인물_?사진 ; image images photo photos photograph* video videos
picture pictures
  ; imag visual ^vision video pictur photo pixel camera render scene frame$ frames$ draw$ drawing sketch paint
  view$ views$ depth$ 3d$ mri x-ray scan screen gui$ multimodal multi-modal vlm lvlm vla$ vlas$ diffusion
  appearanc facial face$ faces$ display segment object_detect point_cloud ocr clip film movi radiograph tomograph
  mammogra microscop satellit fundus ultrasound retina_ visible infrared lidar spati gaussian nerf perspectiv
  texture mesh portrait style convolution cnn vit$ gan$ avatar animat cinema motion graphic

비디오 동영상 ; video videos movies
  ; video film movi clip$ clips footage frame$ frames$ temporal ^stream motion animat camera 4d$ tracking surveil
  image_sequenc youtub spatiotemp cinema

3차원 3D(?![가-힣A-Za-z]) 입체_?(?:영상|모형) ; 3d three-dimensional
  ; 3d three-dim point_cloud points$ depth mesh gaussian nerf radianc volum stereo spati voxel cartesian 4d lidar
  geomet 6d pose$ poses surface reconstruct coordinat scene normals monocular multi-view novel_view sfm
  structure-from shape world_model bev normal_est simulat dof$

라이다 레이저 ; lidar
  ; lidar laser point_cloud range_sens bev$ occupancy radar depth_sens

위성(?!_?통신) 원격_?탐사 항공_?사진 지구_?관측 ; satellite satellites remote_sensing aerial earth_observation
  ; satellit remote sens aerial earth geospat orbit uav drone space landsat sentinel overhead hyperspectr airborne

드론 무인기 무인_?항공기 ; drone drones uav uavs quadrotor*
  ; drone uav unmanned aerial quadrot flight quadcopt visdron airborne

몸짓 손짓 손동작 ; gesture gestures
  ; gestur hand$ hands finger sign_lang body

시선(?=[을과이]|_?(?:추적|이동)) 동공 ; eye_tracking gaze
  ; gaze eye$ eyes eye- fixation saccad look$ looking

졸음 피로도? ; drowsiness fatigue
  ; drows fatigue sleep alertness vigilan tired

키보드 타자_?(?:습관|기록) ; keystrokes? keyboards?
  ; keystrok keyboard typing input_dev

흑백_?(?:영상|사진|이미지) 채색 ; colori[sz]ation colori[sz]ing
  ; coloriz colouri coloris color grayscal black-and

(?:물체|객체|보행자|다중)_?추적 ; object_tracking tracking_pedestrians
  ; track trajector motion follow

보행자 ; pedestrians?
  ; pedestrian walk people crowd driv person human

얼굴_?(?:인식|사진|영상|생성|합성|특징점|이미지|정보) 안면 딥페이크 초상 ; face_recognition facial deepfake*
portrait portraits
  ; face$ faces$ face_ facial portrait identit head$ heads talking_head deepfak biometric avatar person$ persons
  selfie

지문(?=_?(?:인식|인증|감지|채취|스캔|센서|정보|데이터|이미지|대조|식별)) 홍채 생체_?인증 ; fingerprint* iris
  ; fingerprint iris biometr identit authentic template watermark

혼합_?현실 증강_?현실 가상_?현실 확장_?현실 ; virtual_reality augmented_reality mixed_reality headset headsets
  ; virtual augmented mixed_real vr$ ar$ xr$ mr$ immers headset metavers

로봇 ; robot robots robotic robotics humanoid*
  ; robot manipulat embod humanoid gripper grasp locomot autonom drone uav actuat vla$ physical_ai navigat legged
  teleop sim2real world_model

자율_?주행 운전자? 차량 완성차 차선 졸음 ; self-driving autonomous_driving vehicle vehicles driver drivers
  ; driving driver drivable vehic car$ cars$ traffic road automot lane$ lanes autonomous lidar truck highway
  motorcyc pedestrian transport nuscenes waymo carla navsim bev$ ads$

교통량? 신호등 대중교통 지하철 택시 ; traffic taxi taxis subway public_transport
  ; crash accident traffic transport ^transit$ mobility road driving driver vehic urban city$ cities taxi bus$ buses railway
  metro$ pedestrian lane$ lanes

도시_?(?:계획|지도|교통|모형|데이터) 스마트_?시티 ; urban cities smart_city
  ; urban city$ cities municipal street town$ building traffic geograph map$ maps metropol

물류 창고 택배 배송 ; logistics warehouse* parcel*
  ; logist warehous deliver supply packag parcel invent box freight

제조_?(?:업|공정|현장) 공장 용접 불량품 ; manufacturing factory factories welding assembly_line
  ; manufact industr factor defect assembl weld product inspect anomal fabricat machin

반도체 회로_?(?:설계|의|도|배치) 웨이퍼 ; semiconductor* chip_design circuit_design wafer*
  ; semicond circuit chip wafer vlsi hardware eda$ verilog rtl transistor photonic lithograph fpga gpu accelerator
  tpu

전력 배터리 태양광 풍력 전기_?요금 에너지_?(?:시스템|수요|관리|저장) ; power_grid battery batteries electricity
solar wind_power energy_storage
  ; power energ electric batter grid solar photovolt wind watt volt carbon charging consumpt fuel joule

사물_?인터넷 스마트_?홈 스마트_?스피커 인공지능_?스피커 ; iot smart_home* smart_speaker*
  ; iot$ internet_of smart sensor devic edge home assistant embedded voice

블록체인 가상_?자산 암호_?화폐 ; blockchain* cryptocurrenc*
  ; blockchain ledger crypto decentral bitcoin ethereum defi$ token_econom smart_contract web3 ledger

사이버 악성_?코드 해킹 침입_?탐지 보안_?(?:취약|위협|사고) 랜섬웨어 피싱 ; malware cyber* hacking hackers intrusion
phishing ransomware
  ; secur malware attack intrus cyber hack vulnerab threat adversar crypto encrypt privac password jailbreak phish
  defens fraud exploit backdoor spam

양자_?(?:컴퓨|회로|알고|역학|얽) ; quantum
  ; quantum qubit

연합_?학습 ; federated
  ; federat decentral distribut client

블랙홀 은하(?!수) 천문 천체 우주_?(?:망원|관측|탐사) 행성 ; galax* astronom* telescope* exoplanet*
  ; astro galax telescop star$ stars stellar planet cosmic cosmol space orbit lunar solar

(?<![가-힣])기상(?!천외) 날씨 기후 태풍 강수 일기_?예보 미세_?먼지 폭우 ; weather climate rain rainfall typhoon*
hurricane* flood floods
  ; weather climat meteo atmosph rain storm typhoon hurrican flood temperat precipit forecast snow fog wind
  environmental hydro air_qual pollut

지진 재난 산불 쓰나미 화산 ; earthquake* wildfire* tsunami* volcan*
  ; seism earthquak disaster hazard emergenc flood wildfire tsunami volcan fire crisis rescue catastroph storm

해양 해저 어군 수중 어류 물고기 ; ocean marine underwater fish fisheries
  ; ocean marine underwat sea$ fish coast maritim subsea ship aquat coral whale

농작물 작물 농업 농부 농가 가축 축산 수확 ; crop crops farm farms farmers farming agricultur* livestock harvest
  ; crop agri farm plant livestock harvest soil weed yield cattle fruit pest orchard field rice wheat

단백질 신약 화합물 분자_?(?:구조|생성|설계|모형|그래프) 계산_?생물학 유전자 유전체 염기_?서열 ; protein proteins
molecule molecules molecular drug_discovery genom* genes dna rna
  ; protein molecul drug chemi compound biolog gene$ genes genet genom amino bioinf dna rna pharma ligand enzym
  antibod biomed omics

신소재 촉매 화학_?반응 결정_?구조 합금 ; catalyst* alloy* crystal_structure* chemical_reaction*
  ; material chem catal crystal alloy molecul metal polymer compound physic lattice

유체 난류 편미분_?방정식 ; turbulen* fluid_dynamics partial_differential
  ; fluid turbul pde$ pdes differential flow simulat navier physic mechanic smoke

생태계? 야생_?동물 조류_?(?:관찰|소리) 곤충 ; wildlife ecosystem* biodiversity insect insects
  ; wildlif ecosyst ecolog biodivers insect animal species bird natur biolog conserv entom dog$ dogs

환자(?!_?중심) 진단서 임상 의료(?!_?처럼) 병원 수술 종양 심전도 부정맥 의무_?기록 진료 처방전 병리 질병 질환 ;
patient patients medical clinical hospital hospitals surgery surgical tumou?rs? physicians? diagnos[ei]s disease
diseases
  ; medic clinic ^patient health diagnos diseas hospital surg$ surger surgic tumo cancer x-ray mri$ ct$ radiolog
  patholog ecg eeg therap doctor physician drug$ drugs lesion anatom biomed dermato skin mental_h ^mental brain
  breast cardi epidemi obes diabet pharma retinal retina nurse psychi autis dementia symptom dental orthodon lung$
  pulmon myocard neuro genom ultraso endosc ophthalm vaccin pandem covid

병리_?(?:조직|영상|사진|슬라이드) 조직_?(?:슬라이드|검사) 현미경 ; histopathology pathology_slide* whole-slide
microscop*
  ; patholog histolog slide tissue microscop cell biops stain cytolog

심전도 부정맥 심장 ; ecgs? electrocardio* arrhythmia* cardiac heartbeats?
  ; ecg electrocard arrhyth cardi heart ekg

뇌파 뇌_?신호 ; eegs? brainwaves?
  ; eeg brain electroenceph neural_sig bci neuro meg$ fmri

엑스레이 엑스선 흉부_?촬영 ; x-rays? chest_radiographs?
  ; x-ray xray radiograph cxr chest radiolog mammog fluorosc ct$ tomogra

초음파 내시경 ; ultrasound endoscop*
  ; ultraso sonogra echo endosc colonosc polyp laparos

망막 안저 ; retinal? fundus
  ; retin fundus ophthalm eye oct$ macula

피부(?!_?로_?느) ; skin dermatolog*
  ; skin derm melanom lesion cutaneo face facial

치과 치아 ; dental teeth
  ; dent tooth teeth oral orthod

정신_?건강 우울증? 심리_?상담 ; mental_health depression psychotherapy
  ; ^mental depress psych therap emotion counsel anxi stress wellbeing suicid

치매 알츠하이머 파킨슨 ; dementia alzheimer parkinson
  ; dementia alzheim parkins cognit neurodegen brain

소아(?=_?[가-힣]) 영유아 신생아 ; pediatric infants? newborns?
  ; pediatr child infant neonat newborn baby

화상_?(?:환자|흉터|부위) ; burn_patients
  ; burn wound scar

금융 주식 주가 증권 환율 대출_?(?:심사|이자|상품) 은행 부동산 투자_?(?:자|수익|전략) 회계 장부
공시(?=[를가와의]|_?문서) ; finance financial stock_market stock_prices? banks? banking loans? real_estate
accounting(?!\sfor) investors?
  ; financ stock bank$ banks banking econom market trading trader investor investm currenc price$ prices pricing
  portfol credit_ loan fin-r finqa accounting ledger business monetar real_estat housing ^audit fiscal tax$ taxes

법률 판결 판례 계약서 소송 법원 법조 변호사 ; legal law_firms? courts? lawyers? contracts litigation rulings
lawsuits?
  ; law$ laws legal court judic contract litigat statut regulat compliance attorney lawyer bluebook juris legis

교육_?(?:현장|과정|기관|용) 수업 교실 학습자 교과_?과정 개인_?지도 ; classrooms? curriculum_design tutoring
schoolchildren pupils
  ; educat student teaching teacher tutor classroom school learner course$ courses curricul pedagog instructor
  instructional academic lectur

선거 여론_?조사 투표 ; elections? voters? opinion_polls?
  ; elect$ electi elector politic vot poll$ polls polling democra opinion

상품_?(?:추천|광고|검색) 광고(?!_?하) 쇼핑 추천_?시스템 추천_?(?:기술|모델|알고리즘) ; recommender* advertising
advertisements? advertisers? shopping
  ; recommend advert ads$ click commerc user_prefer ctr$ market bid$ bids bidding shop retail product purchas
  collaborative personali music_rec

게임(?!_?(?:체인|이론)) ; video_games? gaming gamers?
  ; game gaming player playing gameplay chess atari minecraft virtual_w virtual_env poker esport

스포츠 축구 야구 농구 ; sports? soccer basketball baseball athletes?
  ; sport soccer football basketb basebal athlet tennis player game_anal match exerc

관광 여행 ; tourism tourists? travel_plann*
  ; travel touris trip itinerar poi$ city navigat vacation

패션 의류 화보 ; fashion_(?:images?|photos?|items?|data\w*|design\w*|models?|recommend\w*) clothing garments?
  ; fashion cloth garment apparel outfit try-on wear

영화_?(?:제작|대본|후반|리뷰|음악) 드라마(?!틱) ; film_production movie_scripts? screenplay*
  ; film movi cinema video tv$ drama script story visual_effect entertain

자기_?공명 MRI(?![A-Za-z]) ; MRIs? magnetic_resonance
  ; mri magnetic mr$ fmri brain neuroim

유방 ; breast mammogra*
  ; breast mammo

뇌종양 뇌졸중 ; brain_tumou?rs? strokes?
  ; brain tumo stroke glioma neuro mri

당뇨 고혈압 비만 ; diabetes hypertension obesity
  ; diabet hypertens obes blood glucose insulin metabol

협상 경매 ; negotiation auctions?
  ; negotiat bargain auction game bid$ bids bidding

정리_?증명 형식_?(?:증명|검증) 수학_?(?:증명|정리) ; formal_mathematics theorems? proofs
  ; theorem proof prove$ proving math formal lean$ verif geometr

수면(?=[을과의]|_?(?:기록|질|상태|단계)) 웨어러블 낙상 ; wearables? sleep_(?:tracking|stages?|data) sleep
fall_detection
  ; sleep wearab health fall_ activity watch$ sensor

신호_?주기 신호등 ; traffic_lights? traffic_signals?
  ; traffic signal_con intersection

폐_?결절 폐암 폐렴 ; lung_(?:nodules?|cancer) pneumonia
  ; lung pulmon nodule chest thorac pneumon x-ray covid respir

(?<![A-Za-z-])CT(?![A-Za-z-]) ; CT_scans?
  ; ct$ tomograph scan$ scans cbct

캡션(?=_?(?:생성|달기|작성)) ; captioning
  ; caption descri

회의록 회의_?(?:녹음|요약) ; meeting_(?:minutes|notes|summar\w+)
  ; meeting minutes transcript convers dialog debate parliament

특허 ; patents?
  ; patent intellectual_prop invention

도서관 사서 ; librar(?:y|ies)_(?:loan|record|catalog)\w* librarians?
  ; librar catalog bibliog subject_ind book archiv

국회 의회 의정 ; parliament* congressional
  ; parliament congress politic legislat debate senat government polic

종교 성경 불경 ; religio* bible
  ; religi bibl scriptur theolog quran church islam

(?<![가-힣])(?:프로그램_?|소스_?)코드 코드_?(?:모델|생성_?모델|오류|수정|검색|완성|리뷰) 프로그래밍_?언어 컴파일러
디버깅 ; programming_languages? program_code source_code code_generation code_completion debugging compilers?
bug_fix*
  ; code$ codes coding code- programming program$ programs softw compil bug$ bugs debug repositor sql$ python
  java$ javascript developer livecode humaneval swe$ swe-

지식_?그래프 ; knowledge_graphs?
  ; knowledge_g knowledge_base graph$ graphs graph- ontolog triple entity entiti kg$ kgs wikidata semantic_web

시계열 ; time_series
  ; time-series time_series temporal forecast ^sequen signal longitud sensor

앙상블 다수결 ; ensembles? majority_vot* vote_on panels_of
  ; ensembl vote$ votes voting majority committe panel$ aggregat multiple_mod mixture consensus jury juries
  self-consist debate

자기_?지도 ; self-supervis*
  ; self-superv self_superv ssl$ unlabel unlabeled contrastive unsuperv masked autoenc without_label without_annot
  no_label label-free counterfact

강화_?학습 ; reinforcement_learning
  ; reinforc reward ^policy ^polici rl$ ppo$ grpo rlhf dpo$ q-learn bandit mdp$ rlvr preference_opt

상태_?공간_?모델 맘바 ; state-space state_space_model*
  ; state-space state_space ssm$ ssms mamba recurrent linear_att

휴대_?전화 스마트폰 온디바이스 ; smartphones? on-device phone_app\w* mobile_(?:phones?|devices?)
  ; mobile phone devic edge_ embedded_ android ios$ app$ apps portable on-board onboard resource-

광학_?흐름 ; optical_flow
  ; optical_flow flow motion
"""
